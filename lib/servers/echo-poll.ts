/** An echo server on poll() alone: what a client sends goes back to it, byte for byte. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import type { Client } from './support/client.js';
import { EchoServer, mayRead, mustWrite } from './support/echo.js';
import { shutDown } from './support/shut-down.js';
import type { ServeOptions } from './support/start.js';

class PollServer extends EchoServer {
  /** Holds every file descriptor together with the events it is watched for. */
  readonly #poller = poll();

  run(): void {
    this.#poller.register(this.stop, POLLIN);
    this.#poller.register(this.listener, POLLIN);
    for (;;) {
      this.#poller.modify(this.listener, this.listener.isPaused ? 0 : POLLIN);
      const events = this.#poller.poll(this.listener.millisecondsLeft());
      const isReady = (fd: number) => events.some(([ready]) => ready === fd);
      if (isReady(this.stop.fileno())) break;
      for (const [fd, revents] of events) {
        const client = this.clients.get(fd);
        if (client !== undefined) this.#attend(client, revents);
      }
      // Newcomers last: one may get the fd of a client that has just left, and must not get its
      // events as well.
      if (isReady(this.listener.fileno())) this.accept();
    }
    shutDown(this.listener, this.clients.values(), this.stop);
  }

  #attend(client: Client, revents: number): void {
    // POLLERR and POLLHUP come unasked; what they mean, recv() says.
    if ((revents & ~POLLOUT) !== 0) this.receive(client);
    if ((revents & POLLOUT) !== 0) this.send(client);
    this.settle(client);
  }

  protected watch(client: Client): void {
    this.#poller.register(client, POLLIN);
  }

  protected update(client: Client): void {
    const input = mayRead(client) ? POLLIN : 0;
    const output = mustWrite(client) ? POLLOUT : 0;
    this.#poller.modify(client, input | output);
  }

  protected forget(client: Client): void {
    this.#poller.unregister(client);
  }
}

export function serve(options: ServeOptions): void {
  new PollServer(options).run();
}
