/** The smallest server on select() that several clients can use at once: write handleRequest(). */
import { select } from 'fdselect';
import { Client } from './support/client.js';
import { HIGH_WATER, RECEIVE_SIZE } from './support/limits.js';
import { shutDown } from './support/shut-down.js';
import { type ServeOptions, start } from './support/start.js';

/** Answers what a client has sent: the letters a to z in upper case, every other byte as it is. */
function handleRequest(message: Uint8Array, client: Client): void {
  client.outbox.push(message.map((byte) => (isLowerCase(byte) ? byte - 0x20 : byte)));
}

function isLowerCase(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

export function serve(options: ServeOptions): void {
  const { listener, stop } = start(options);
  const clients = new Set<Client>();
  const buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);
  for (;;) {
    const all = [...clients];
    const readers = all.filter(({ hasEnded, outbox }) => !hasEnded && outbox.size < HIGH_WATER);
    const writers = all.filter(({ outbox }) => outbox.size > 0);
    const listeners = listener.isPaused ? [] : [listener];
    const sources = [stop, ...listeners, ...readers];
    const [readable, writable] = select(sources, writers, [], listener.secondsLeft());
    if (readable.includes(stop)) break;
    for (const source of readable) {
      if (source instanceof Client) {
        const size = source.receive(buffer) ?? 0;
        if (size > 0) handleRequest(buffer.subarray(0, size), source);
      } else {
        for (const newcomer of listener.accept()) clients.add(new Client(...newcomer));
      }
    }
    for (const client of writable) client.send();
    // Last: as long as it is not closed, its fd number cannot become another one's.
    for (const client of all.filter(({ isFinished }) => isFinished)) {
      clients.delete(client);
      client.close();
      listener.endPause();
    }
  }
  shutDown(listener, clients, stop);
}
