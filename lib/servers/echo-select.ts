/** An echo server on select() alone: what a client sends goes back to it, byte for byte. */
import { select } from 'fdselect';
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
  readonly #clients = new Set<Client>();
  /** Whom select() is asked about: who may have something to read ... */
  readonly #ins: Set<SignalPipe | Listener | Client>;
  /** ... and who is to get something. Most sockets are writable at any time, so a client stands
   * here only while something is queued for it; otherwise select() would never sleep. */
  readonly #ous = new Set<Client>();
  readonly #buffer = Buffer.allocUnsafeSlow(RECEIVE_SIZE);

  constructor(options: ServeOptions) {
    const { listener, stop, say } = start(options);
    this.#listener = listener;
    this.#stop = stop;
    this.#say = say;
    this.#ins = new Set([stop, listener]);
  }

  run(): void {
    for (;;) {
      setMember(this.#ins, this.#listener, !this.#listener.isPaused);
      const timeout = this.#listener.secondsLeft();
      const [readable, writable] = select(this.#ins, this.#ous, [], timeout);
      if (readable.includes(this.#stop)) break;
      for (const source of readable) {
        if (source instanceof Client) this.#receive(source);
        else this.#accept();
      }
      for (const client of writable) {
        // It may be gone: the first half of this very turn may have found its connection lost.
        if (this.#ous.has(client)) this.#send(client);
      }
    }
    shutDown(this.#listener, this.#clients, this.#stop);
  }

  #accept(): void {
    for (const [socket, address] of this.#listener.accept()) {
      const client = new Client(socket, address);
      this.#say(`Connected from ${client}`);
      this.#clients.add(client);
      this.#ins.add(client);
    }
  }

  #receive(client: Client): void {
    const size = client.receive(this.#buffer);
    if (size === null) return;
    if (size > 0) {
      this.#say(`${size} bytes from ${client}`);
      client.outbox.push(this.#buffer.subarray(0, size));
    }
    this.#updateInterest(client);
  }

  #send(client: Client): void {
    const size = client.send();
    const rest = client.outbox.size;
    if (size > 0) {
      this.#say(`${size} bytes to ${client}`);
      if (rest > 0) this.#say(`${rest} bytes remain for ${client}`);
      else this.#say(`No data currently remain for ${client}`);
    }
    this.#updateInterest(client);
  }

  /** A client that has sent its last byte stays until it has got its last byte. */
  #updateInterest(client: Client): void {
    if (client.isFinished) {
      this.#disconnect(client);
      return;
    }
    // At its end a connection is readable for ever: who has ended must not be watched for it.
    setMember(this.#ins, client, !client.hasEnded && client.outbox.size < HIGH_WATER);
    setMember(this.#ous, client, client.outbox.size > 0);
  }

  #disconnect(client: Client): void {
    this.#say(`disconnected from ${client}`);
    this.#clients.delete(client);
    this.#ins.delete(client);
    this.#ous.delete(client);
    client.close();
    this.#listener.endPause();
  }
}

function setMember<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}

export function serve(options: ServeOptions): void {
  new EchoServer(options).run();
}
