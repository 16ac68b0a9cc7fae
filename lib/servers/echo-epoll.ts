/** An echo server on epoll alone: what a client sends goes back to it, byte for byte. */
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
import type { Client } from './support/client.js';
import { EchoServer, mayRead, mustWrite } from './support/echo.js';
import { shutDown } from './support/shut-down.js';
import type { ServeOptions } from './support/start.js';

/**
 * Beside the server on poll() it says less to the kernel, which keeps the set: each change of it
 * is a system call, so what is the same as before is not said again.
 */
class EpollServer extends EchoServer {
  readonly #epoll = epoll();
  /** What the kernel was told to watch each client for. */
  readonly #masks = new Map<Client, number>();
  #isListening = true;

  run(): void {
    this.#epoll.register(this.stop, EPOLLIN);
    this.#epoll.register(this.listener, EPOLLIN);
    for (;;) {
      this.#listen(!this.listener.isPaused);
      const events = this.#epoll.poll(this.listener.secondsLeft());
      const isReady = (fd: number) => events.some(([ready]) => ready === fd);
      if (isReady(this.stop.fileno())) break;
      for (const [fd, bits] of events) {
        const client = this.clients.get(fd);
        if (client !== undefined) this.#attend(client, bits);
      }
      // Newcomers last: one may get the fd of a client that has just left, and must not get its
      // events as well.
      if (isReady(this.listener.fileno())) this.accept();
    }
    this.#epoll.close();
    shutDown(this.listener, this.clients.values(), this.stop);
  }

  #listen(isListening: boolean): void {
    if (isListening === this.#isListening) return;
    this.#isListening = isListening;
    this.#epoll.modify(this.listener, isListening ? EPOLLIN : 0);
  }

  #attend(client: Client, events: number): void {
    // EPOLLERR and EPOLLHUP come unasked; what they mean, recv() says.
    if ((events & ~EPOLLOUT) !== 0) this.receive(client);
    if ((events & EPOLLOUT) !== 0) this.send(client);
    this.settle(client);
  }

  protected watch(client: Client): void {
    this.#epoll.register(client, EPOLLIN);
    this.#masks.set(client, EPOLLIN);
  }

  protected update(client: Client): void {
    const mask = (mayRead(client) ? EPOLLIN : 0) | (mustWrite(client) ? EPOLLOUT : 0);
    if (mask === this.#masks.get(client)) return;
    this.#epoll.modify(client, mask);
    this.#masks.set(client, mask);
  }

  protected forget(client: Client): void {
    this.#epoll.unregister(client);
    this.#masks.delete(client);
  }
}

export function serve(options: ServeOptions): void {
  new EpollServer(options).run();
}
