/** What the echo servers have in common: everything but how they wait. */
import type { SignalPipe } from 'fdselect/signal';
import { Client } from './client.js';
import { HIGH_WATER, RECEIVE_SIZE } from './limits.js';
import type { Listener } from './listener.js';
import type { Say } from './output.js';
import { type ServeOptions, start } from './start.js';

/**
 * An echo server without a loop: a program extends it with one, and says to the call that it waits
 * with whom to watch.
 */
export abstract class EchoServer {
  protected readonly listener: Listener;
  /** Readable once a signal has come. */
  protected readonly stop: SignalPipe;
  /** The kernel speaks of file descriptors; whose is it? */
  protected readonly clients = new Map<number, Client>();
  readonly #say: Say;
  readonly #buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);

  constructor(options: ServeOptions) {
    const { listener, stop, say } = start(options);
    this.listener = listener;
    this.stop = stop;
    this.#say = say;
  }

  /** A newcomer: watch it for reading. */
  protected abstract watch(client: Client): void;
  /** Watch a client for what {@link mayRead} and {@link mustWrite} say now. */
  protected abstract update(client: Client): void;
  /** It is about to be closed: afterwards its file descriptor may be anybody's. */
  protected abstract forget(client: Client): void;

  /** The listener is readable. */
  protected accept(): void {
    for (const [socket, address] of this.listener.accept()) {
      const client = new Client(socket, address);
      this.#say(`Connected from ${client}`);
      this.clients.set(client.fileno(), client);
      this.watch(client);
    }
  }

  /** A client is readable. */
  protected receive(client: Client): void {
    const size = client.receive(this.#buffer);
    if (size === null || size === 0) return;
    this.#say(`${size} bytes from ${client}`);
    client.outbox.push(this.#buffer.subarray(0, size));
  }

  /** A client is writable. */
  protected send(client: Client): void {
    const size = client.send();
    if (size === 0) return;
    this.#say(`${size} bytes to ${client}`);
    const rest = client.outbox.size;
    if (rest > 0) this.#say(`${rest} bytes remain for ${client}`);
    else this.#say(`No data currently remain for ${client}`);
  }

  /** After {@link receive} and {@link send}: a client that has sent its last byte stays until it
   * has got its last byte. */
  protected settle(client: Client): void {
    if (!client.isFinished) {
      this.update(client);
      return;
    }
    this.#say(`disconnected from ${client}`);
    this.forget(client);
    this.clients.delete(client.fileno());
    client.close();
    this.listener.endPause();
  }
}

/** At its end a connection is readable for ever: who has ended must not be watched for it. */
export function mayRead(client: Client): boolean {
  return !client.hasEnded && client.outbox.size < HIGH_WATER;
}

/** Most sockets are writable at any time: a wait that asks without a reason would never sleep. */
export function mustWrite(client: Client): boolean {
  return client.outbox.size > 0;
}
