/** The connections of redirected programs: as a server for one client, or as a client. */
import { errnoNumber, isIP, now } from '../native/index.js';
import type { Socket } from '../socket/index.js';
import { AF_INET, AF_INET6, createConnection, createServer } from '../socket/internal.js';
import { OSError, socketTimeout, toOptions } from '../values/index.js';
import { select } from '../waits/index.js';

const ECONNREFUSED = errnoNumber('ECONNREFUSED');

/** The port of the original programs. */
export const DEFAULT_PORT = 50008;
export const DEFAULT_HOST = '127.0.0.1';

const BACKLOG = 5;
const FIRST_PAUSE = 0.01;
const LONGEST_PAUSE = 0.1;

/** The options of the functions that connect. */
export interface RedirectOptions {
  /**
   * Seconds during which a refused connection is tried again, because the other program may still be
   * starting; default 3; 0: it tries once; null or Infinity: no limit.
   */
  timeout?: number | null;
}

/** Waits for one client, then closes the listener, so that no other client can connect. */
export function acceptOne(port: number, host: string): Socket {
  const family = isIP(host) === 6 ? AF_INET6 : AF_INET;
  const listener = createServer([host, port], { family, backlog: BACKLOG });
  try {
    return listener.accept()[0];
  } finally {
    listener.close();
  }
}

/** @throws OSError `ECONNREFUSED` if nothing listens when the time is over */
export function connectTo(port: number, host: string, options: RedirectOptions): Socket {
  const { timeout = 3 } = toOptions(options);
  const seconds = socketTimeout('timeout', timeout) ?? Infinity;
  const deadline = now() + seconds * 1000;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    try {
      return connectToAnother(port, host);
    } catch (error) {
      if (!(error instanceof OSError) || error.code !== 'ECONNREFUSED') throw error;
      const left = (deadline - now()) / 1000;
      if (left <= 0) throw error;
      select([], [], [], Math.min(pause, left));
    }
  }
}

/**
 * Connects to another socket: after many attempts to connect to a local port without a listener, a
 * socket may be connected with itself, if the kernel picks the same port for the socket. The default
 * port is one of those that the kernel picks.
 */
function connectToAnother(port: number, host: string): Socket {
  const socket = createConnection([host, port]);
  if (!isConnectedWithItself(socket)) return socket;
  socket.close();
  throw new OSError(ECONNREFUSED, 'connect');
}

function isConnectedWithItself(socket: Socket): boolean {
  try {
    const { isDeepStrictEqual } = process.getBuiltinModule('node:util');
    return isDeepStrictEqual(socket.getsockname(), socket.getpeername());
  } catch (error) {
    // ENOTCONN: the peer has reset the connection already. Sending will report that.
    if (!(error instanceof OSError)) throw error;
    return false;
  }
}
