/** An echo server on `selectors` and promises: everything else in the process goes on meanwhile. */
import { SelectorEchoServer } from './support/selector-echo.js';
import { shutDownAsync } from './support/shut-down.js';
import type { ServeOptions } from './support/start.js';

class AsyncServer extends SelectorEchoServer {
  async run(): Promise<void> {
    do {
      this.prepare();
    } while (this.turn(await this.selector.selectAsync(this.listener.secondsLeft())));
    this.selector.close();
    await shutDownAsync(this.listener, this.clients.values(), this.stop);
  }
}

export function serve(options: ServeOptions): Promise<void> {
  return new AsyncServer(options).run();
}
