/** An echo server that uses `selectors` and promises: timers and other work in the process continue. */
import { openServer } from './echo-selectors.js';
import type { ServeOptions } from './support/start.js';

export async function serve(options: ServeOptions): Promise<void> {
  const server = openServer(options);
  // The first wait opens the waiter's fds. It comes first, because clients may take the last free fd.
  await server.selector.selectAsync(0.001);
  server.announce();
  while (!server.isOver()) {
    server.attend(await server.selector.selectAsync(server.timeout()));
  }
  server.close();
}
