/** What every server does last: it sends what it has promised and takes leave of its clients. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import type { SignalPipe } from 'fdselect/signal';
import { SHUT_WR } from 'fdselect/socket';
import type { Client } from './client.js';
import type { Listener } from './listener.js';

/** How long the clients have, all together. */
const PATIENCE_MS = 2000;

const discarded = Buffer.allocUnsafeSlow(65536);

/**
 * Stops accepting, sends what is queued, tells each client that nothing more will come, and waits
 * until it has closed its end too. Two seconds later, or at a second signal, the rest is closed.
 *
 * What still comes in is thrown away: closing a socket with unread input sends a reset, which
 * takes from the client what it has not read yet, and a client that has to write first would never
 * come to reading.
 *
 * @param stop - is readable; it stays open, so that a late signal cannot kill the process
 */
export function shutDown(listener: Listener, clients: Iterable<Client>, stop: SignalPipe): void {
  listener.close();
  const farewell = new Farewell(clients, stop);
  while (!farewell.isOver) farewell.turn(farewell.poller.poll(farewell.millisecondsLeft));
  farewell.closeAll();
}

/** The same without blocking. */
export async function shutDownAsync(
  listener: Listener,
  clients: Iterable<Client>,
  stop: SignalPipe,
): Promise<void> {
  listener.close();
  const farewell = new Farewell(clients, stop);
  while (!farewell.isOver) {
    farewell.turn(await farewell.poller.pollAsync(farewell.millisecondsLeft));
  }
  farewell.closeAll();
}

class Farewell {
  readonly #clients = new Map<number, Client>();
  readonly #told = new Set<Client>();
  readonly poller = poll();
  readonly #deadline = performance.now() + PATIENCE_MS;
  #isUrgent: boolean;

  constructor(clients: Iterable<Client>, stop: SignalPipe) {
    this.#isUrgent = stop.read().length > 1;
    this.poller.register(stop, POLLIN);
    for (const client of clients) {
      this.#clients.set(client.fileno(), client);
      this.poller.register(client, POLLIN | POLLOUT);
    }
  }

  get isOver(): boolean {
    return this.#clients.size === 0 || this.#isUrgent || performance.now() >= this.#deadline;
  }

  get millisecondsLeft(): number {
    return Math.max(this.#deadline - performance.now(), 0);
  }

  /** Attends to all who are ready. */
  turn(events: [fd: number, revents: number][]): void {
    for (const [fd] of events) {
      const client = this.#clients.get(fd);
      if (client !== undefined) this.#go(client);
      else this.#isUrgent = true; // another signal
    }
  }

  closeAll(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #go(client: Client): void {
    client.send();
    if (client.outbox.size === 0 && !this.#told.has(client)) {
      this.#told.add(client);
      client.shutdown(SHUT_WR);
    }
    if (!client.hasEnded) client.receive(discarded);
    if (!client.isFinished) {
      const output = client.outbox.size > 0 ? POLLOUT : 0;
      this.poller.modify(client, client.hasEnded ? output : POLLIN | output);
      return;
    }
    this.poller.unregister(client);
    this.#clients.delete(client.fileno());
    client.close();
  }
}
