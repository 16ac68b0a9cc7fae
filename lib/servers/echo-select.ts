/** An echo server on select() alone: what a client sends goes back to it, byte for byte. */
import { select } from 'fdselect';
import type { SignalPipe } from 'fdselect/signal';
import { Client } from './support/client.js';
import { EchoServer, mayRead, mustWrite } from './support/echo.js';
import type { Listener } from './support/listener.js';
import { shutDown } from './support/shut-down.js';
import type { ServeOptions } from './support/start.js';

class SelectServer extends EchoServer {
  /** Whom select() is asked about: who may have something to read ... */
  readonly #ins = new Set<SignalPipe | Listener | Client>([this.stop, this.listener]);
  /** ... and who is to get something. */
  readonly #ous = new Set<Client>();

  run(): void {
    for (;;) {
      setMember(this.#ins, this.listener, !this.listener.isPaused);
      const timeout = this.listener.secondsLeft();
      const [readable, writable] = select(this.#ins, this.#ous, [], timeout);
      if (readable.includes(this.stop)) break;
      for (const source of readable) {
        if (source instanceof Client) this.#receive(source);
        else this.accept();
      }
      for (const client of writable) {
        // It may be gone: the first half of this very turn may have found its connection lost.
        if (this.#ous.has(client)) this.#send(client);
      }
    }
    shutDown(this.listener, this.clients.values(), this.stop);
  }

  #receive(client: Client): void {
    this.receive(client);
    this.settle(client);
  }

  #send(client: Client): void {
    this.send(client);
    this.settle(client);
  }

  protected watch(client: Client): void {
    this.#ins.add(client);
  }

  protected update(client: Client): void {
    setMember(this.#ins, client, mayRead(client));
    setMember(this.#ous, client, mustWrite(client));
  }

  protected forget(client: Client): void {
    this.#ins.delete(client);
    this.#ous.delete(client);
  }
}

function setMember<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}

export function serve(options: ServeOptions): void {
  new SelectServer(options).run();
}
