/** An echo server on `selectors` and promises: everything else in the process goes on meanwhile. */
import { openServer } from './echo-selectors.js';
import type { ServeOptions } from './support/start.js';

export async function serve(options: ServeOptions): Promise<void> {
  const server = openServer(options);
  // The first wait opens what all waits need. Clients may take the last fd, so it comes before them.
  await server.selector.selectAsync(0.001);
  server.announce();
  while (!server.isOver()) {
    server.attend(await server.selector.selectAsync(server.timeout()));
  }
  server.close();
}
