/** An echo server on `selectors`: the same on select, poll and epoll. */
import { SelectorEchoServer } from './support/selector-echo.js';
import { shutDown } from './support/shut-down.js';
import type { ServeOptions } from './support/start.js';

class SelectorsServer extends SelectorEchoServer {
  run(): void {
    do {
      this.prepare();
    } while (this.turn(this.selector.select(this.listener.secondsLeft())));
    this.selector.close();
    shutDown(this.listener, this.clients.values(), this.stop);
  }
}

export function serve(options: ServeOptions): void {
  new SelectorsServer(options).run();
}
