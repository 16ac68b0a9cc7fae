/** Python's `socket.create_server()` and `socket.create_connection()`. */

import { type NativeFound, native } from '../native/index.js';
import { INT_MAX, integer, OSError, rangeError, toOptions, typeError } from '../values/index.js';
import { type Address, formatAddress, fromNative, toEndpoint } from './address.js';
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  AF_UNSPEC,
  IPPROTO_IPV6,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_STREAM,
  SOL_SOCKET,
} from './core-constants.js';
import { withAddress } from './errors.js';
import { Socket } from './socket.js';

/** The options of {@link createServer}. */
export interface ServerOptions {
  /** The address family. Default: AF_UNIX if the address is a path, otherwise AF_INET. */
  family?: number;
  /** The number of connections that may wait to be accepted. Default: 128. */
  backlog?: number;
  /** Sets SO_REUSEPORT of socket(7): several sockets may listen on the port. Default: false. */
  reusePort?: boolean;
  /** With AF_INET6: accepts IPv4 connections too; ipv6(7). Default: false. */
  dualstackIpv6?: boolean;
}

/** The options of {@link createConnection}. */
export interface ConnectionOptions {
  /**
   * **Seconds**, as in `Socket.settimeout()`, for each address; the socket keeps this timeout. Default:
   * the default timeout.
   */
  timeout?: number | null;
  /** The local address. Default: the system chooses one. */
  sourceAddress?: Address;
  /**
   * Throws an AggregateError with the error of each address instead of the last error. Default: false.
   */
  allErrors?: boolean;
}

/**
 * A listening TCP or Unix socket with SO_REUSEADDR. It is blocking.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.create_server
 * @param address - host and port, or the path of a Unix socket
 * @param options - see {@link ServerOptions}
 * @returns the socket, which listens
 * @throws OSError such as `EADDRINUSE`, with the address in the message
 * @throws RangeError for `dualstackIpv6` with another family than AF_INET6; TypeError, RangeError for
 *   other bad arguments
 * @platform POSIX
 */
export function createServer(address: Address, options: ServerOptions = {}): Socket {
  const { backlog, reusePort = false, dualstackIpv6 = false } = toOptions(options);
  const family = options.family ?? (Array.isArray(address) ? AF_INET : AF_UNIX);
  if (dualstackIpv6 && family !== AF_INET6) {
    throw rangeError('family', 'AF_INET6 where dualstackIpv6 is set', family);
  }
  return withSocket(family, (server) => {
    if (family !== AF_UNIX) server.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    if (reusePort) server.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1);
    if (family === AF_INET6) server.setsockopt(IPPROTO_IPV6, IPV6_V6ONLY, !dualstackIpv6);
    try {
      server.bind(address);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      const detail = ` (while attempting to bind on address ${formatAddress(address)})`;
      throw withAddress(new OSError(error.errno, error.syscall, detail), address);
    }
    server.listen(backlog);
  });
}

/**
 * A connected TCP or Unix socket. If a host name has several addresses, it tries them in turn and
 * throws the error of the last one, or of all of them with `allErrors`.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.create_connection
 * @param address - host and port, or the path of a Unix socket
 * @param options - see {@link ConnectionOptions}
 * @returns the socket, which is connected
 * @throws OSError such as `ECONNREFUSED`, `ETIMEDOUT`; `EINPROGRESS` with a timeout of 0;
 *   `EAI_…` of a failed look-up, which blocks; AggregateError with `allErrors`
 * @throws TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function createConnection(address: Address, options: ConnectionOptions = {}): Socket {
  const { allErrors = false } = toOptions(options);
  if (typeof allErrors !== 'boolean') throw typeError('allErrors', 'a boolean', allErrors);
  const failures: OSError[] = [];
  for (const [family, target] of candidates(address)) {
    try {
      return withSocket(family, (socket) => {
        if (options.timeout !== undefined) socket.settimeout(options.timeout);
        if (options.sourceAddress !== undefined) socket.bind(options.sourceAddress);
        socket.connect(target);
      });
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      failures.push(error);
    }
  }
  if (allErrors) throw new AggregateError(failures, 'create_connection failed');
  throw failures.at(-1);
}

function candidates(address: Address): [family: number, address: Address][] {
  if (!Array.isArray(address)) return [[AF_UNIX, address]];
  const [, host, port, flowinfo, scopeid] = toEndpoint(AF_INET6, address);
  const found: NativeFound[] = [];
  // Without a host the lookup gives the loopback addresses, but only if there is a service.
  const result = native.getaddrinfo(
    host === '' ? null : (host as string),
    String(port),
    AF_UNSPEC,
    SOCK_STREAM,
    0,
    0,
    found,
  );
  if (result < 0) throw new OSError(result, 'getaddrinfo', ` (${formatAddress(address)})`);
  return found.map(([, , , family, name, , flow, scope, bytes]) => [
    family,
    // The caller may know values that the lookup does not: the scope of a link-local address.
    fromNative([family, name, port, flow || flowinfo, scope || scopeid, bytes]) as Address,
  ]);
}

/** A stream socket after `prepare`; closed if that throws. */
function withSocket(family: number, prepare: (socket: Socket) => void): Socket {
  const socket = new Socket(integer('family', family, 0, INT_MAX), SOCK_STREAM);
  try {
    prepare(socket);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
