/** An echo server on poll() alone: what a client sends goes back to it, byte for byte. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import type { SignalPipe } from 'fdselect/signal';
import { Client } from './support/client.js';
import { HIGH_WATER, RECEIVE_SIZE } from './support/limits.js';
import type { Listener } from './support/listener.js';
import type { Say } from './support/output.js';
import { shutDown } from './support/shut-down.js';
import { type ServeOptions, start } from './support/start.js';

class EchoServer {
  readonly #listener: Listener;
  readonly #stop: SignalPipe;
  readonly #say: Say;
  /** The kernel speaks of file descriptors; whose is it? */
  readonly #clients = new Map<number, Client>();
  /** Holds every file descriptor together with the events it is watched for. */
  readonly #poller = poll();
  readonly #buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);

  constructor(options: ServeOptions) {
    const { listener, stop, say } = start(options);
    this.#listener = listener;
    this.#stop = stop;
    this.#say = say;
    this.#poller.register(stop, POLLIN);
    this.#poller.register(listener, POLLIN);
  }

  run(): void {
    const stop = this.#stop.fileno();
    for (;;) {
      this.#poller.modify(this.#listener, this.#listener.isPaused ? 0 : POLLIN);
      const events = this.#poller.poll(this.#listener.millisecondsLeft());
      if (events.some(([fd]) => fd === stop)) break;
      for (const [fd, revents] of events) {
        const client = this.#clients.get(fd);
        if (client !== undefined) this.#attend(client, revents);
      }
      // Newcomers last: one may get the fd of a client that has just left, and must not get its
      // events as well.
      if (events.some(([fd]) => fd === this.#listener.fileno())) this.#accept();
    }
    shutDown(this.#listener, this.#clients.values(), this.#stop);
  }

  #accept(): void {
    for (const [socket, address] of this.#listener.accept()) {
      const client = new Client(socket, address);
      this.#say(`Connected from ${client}`);
      this.#clients.set(client.fileno(), client);
      this.#poller.register(client, POLLIN);
    }
  }

  #attend(client: Client, revents: number): void {
    // POLLERR and POLLHUP come unasked; what they mean, recv() says.
    if ((revents & ~POLLOUT) !== 0) this.#receive(client);
    if ((revents & POLLOUT) !== 0) this.#send(client);
    if (client.isFinished) this.#disconnect(client);
    else this.#poller.modify(client, interest(client));
  }

  #receive(client: Client): void {
    const size = client.receive(this.#buffer);
    if (size === null || size === 0) return;
    this.#say(`${size} bytes from ${client}`);
    client.outbox.push(this.#buffer.subarray(0, size));
  }

  #send(client: Client): void {
    const size = client.send();
    if (size === 0) return;
    this.#say(`${size} bytes to ${client}`);
    const rest = client.outbox.size;
    if (rest > 0) this.#say(`${rest} bytes remain for ${client}`);
    else this.#say(`No data currently remain for ${client}`);
  }

  #disconnect(client: Client): void {
    this.#say(`disconnected from ${client}`);
    // Before close(): afterwards the number may be anybody's.
    this.#poller.unregister(client);
    this.#clients.delete(client.fileno());
    client.close();
    this.#listener.endPause();
  }
}

/**
 * What a client is watched for.
 *
 * At its end a connection is readable for ever, and most are writable at any time: to be asked for
 * either without a reason, poll() would never sleep. A client that has sent its last byte stays
 * until it has got its last byte.
 */
function interest(client: Client): number {
  const mayRead = !client.hasEnded && client.outbox.size < HIGH_WATER;
  return (mayRead ? POLLIN : 0) | (client.outbox.size > 0 ? POLLOUT : 0);
}

export function serve(options: ServeOptions): void {
  new EchoServer(options).run();
}
