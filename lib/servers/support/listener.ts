/** Opens the listening socket of a server. */
import { AF_INET, AF_INET6, createServer, Socket } from 'fdselect/socket';
import { BACKLOG } from 'fdselect/stream';
import type { ServeOptions } from './options.js';

/**
 * Opens a listening socket with SO_REUSEADDR; in a worker, a duplicate of the main thread's.
 * @throws OSError such as `EADDRINUSE`
 */
export function openListener(options: ServeOptions, reusePort = false): Socket {
  const { host, port, worker } = options;
  if (worker !== undefined) return Socket.fromfd(worker.listener);
  // A name has no colon. Node 20 compiles a long expression at the first net.isIPv6().
  const family = host.includes(':') ? AF_INET6 : AF_INET;
  return createServer([host, port], { family, backlog: BACKLOG, reusePort });
}
