/** Python's `socket.socket`. */
import {
  type BufferedFile,
  fileFormat,
  type MakefileOptions,
  type TextFile,
} from '../io/internal.js';
import { errnoNumber, type NativeAddress, native } from '../native/index.js';
import {
  check,
  INT_MAX,
  integer,
  isLookupFailure,
  OSError,
  socketTimeout,
} from '../values/index.js';
import { POLLIN } from '../waits/index.js';
import type { WaitOptions } from '../waits/internal.js';
import { type Address, fromNative, toEndpoint } from './address.js';
import { AsyncMessageSocket } from './async-messages.js';
import { getdefaulttimeout, TRUSTED } from './base.js';
import { AF_UNIX, SOCK_STREAM } from './core-constants.js';
import { checkAt } from './errors.js';
import { isNonBlocking, withoutFlags } from './kind.js';
import { wouldBlock } from './memory.js';
import { SocketIO } from './socket-io.js';

const EAGAIN = errnoNumber('EAGAIN');
const ETIMEDOUT = errnoNumber('ETIMEDOUT');

/**
 * A socket: a file descriptor with a timeout for its calls. Close it with `close()` or `using`: the
 * garbage collector does not.
 *
 * Every method throws `OSError` with the errno of its system call, `EBADF` on a closed socket and
 * `EAGAIN` if a non-blocking one would have to wait; TypeError and RangeError for bad
 * arguments. Interrupted calls (EINTR) continue with the remaining time.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket-objects
 * @platform POSIX
 */
export class Socket extends AsyncMessageSocket {
  /**
   * A socket on a duplicate of `fd`; the original stays open and keeps its owner. The kernel tells
   * family, type and protocol.
   * @returns the socket, which closes only the duplicate
   * @throws OSError `EBADF`, `ENOTSOCK`, `EMFILE`; TypeError, RangeError for a bad number
   */
  static fromfd(fd: number): Socket {
    const duplicate = check(native.dup(integer('fd', fd, 0, INT_MAX)), 'dup');
    try {
      return new Socket(undefined, undefined, undefined, duplicate);
    } catch (error) {
      native.close(duplicate);
      throw error;
    }
  }

  /**
   * A socket on a duplicate of the file descriptor, with the same timeout.
   * @returns the other socket
   * @throws OSError `EBADF`, `EMFILE`
   */
  dup(): Socket {
    const duplicate = check(native.dup(this.openFd('dup')), 'dup');
    // O_NONBLOCK is not changed to fit the default timeout: both fds share it.
    return new Socket(this.family, this.type, this.proto, duplicate, TRUSTED, this.gettimeout());
  }

  /**
   * Accepts a waiting connection; accept(2).
   * @returns the connection, which is blocking even if this socket is not, and the client's address
   * @throws OSError `EAGAIN`, `ETIMEDOUT`, `EINVAL` if it does not listen, `EMFILE`, …
   */
  accept(): [Socket, Address] {
    const address: NativeAddress = [];
    const isNonBlocking = getdefaulttimeout() === null ? 0 : 1;
    const fd = checkAt(
      native.accept(this.openFd('accept'), this.milliseconds(), isNonBlocking, address),
      'accept',
      () => this.ownAddress(),
    );
    return this.#accepted(fd, address, getdefaulttimeout());
  }

  /**
   * {@link accept} that never waits on a non-blocking listener, nor on a blocking one from which
   * other threads accept with this package.
   *
   * One case is left. If another process takes the connection from the same blocking listener between
   * poll(2) and accept(2), this waits for the next connection: accept(2) has no flag like
   * MSG_DONTWAIT, and O_NONBLOCK is shared with that process, so it is not changed here. To rule it
   * out, the owner of the listener calls `setblocking(false)`, as every listener of this package's
   * servers does; or it sets SO_RCVTIMEO, which accept(2) obeys, and the wait ends after that time.
   * @param timeout - the timeout of the connection, as in {@link settimeout}; default: the default
   *   timeout. With this argument a non-blocking connection costs no further system call
   * @returns null if no connection is waiting
   * @throws as {@link accept}, except `EAGAIN`; TypeError, RangeError for a bad timeout
   */
  tryAccept(timeout: number | null = getdefaulttimeout()): [Socket, Address] | null {
    const seconds = socketTimeout('timeout', timeout);
    const fd = this.openFd('accept');
    const address: NativeAddress = [];
    const accepted = native.accept(fd, 0, seconds === null ? 0 : 1, address);
    if (wouldBlock(accepted)) return null;
    checkAt(accepted, 'accept', () => this.ownAddress());
    return this.#accepted(accepted, address, seconds);
  }

  /**
   * {@link accept} without blocking. Like all …Async methods it uses the socket's timeout and does
   * not change O_NONBLOCK. A receiving and a sending call may wait at the same time.
   * @param options - `signal` ends the wait
   * @returns a promise that is rejected with the errors of the call; with the signal's reason; with
   *   `ERR_CONCURRENT_POLL` if another call waits in the same direction; with `ERR_CLOSED` if the
   *   socket is closed meanwhile
   */
  acceptAsync(options?: WaitOptions): Promise<[Socket, Address]> {
    const address: NativeAddress = [];
    return this.callAsync('accept', POLLIN, options, (fd) => {
      const result = native.accept(fd, 0, getdefaulttimeout() === null ? 0 : 1, address);
      if (result === -EAGAIN) return null;
      checkAt(result, 'accept', () => this.ownAddress());
      return this.#accepted(result, address, getdefaulttimeout());
    });
  }

  /**
   * Connects to an address; connect(2). With a timeout of 0 it throws `EINPROGRESS`: wait until the
   * socket is writable, then get the result with `getsockopt(SOL_SOCKET, SO_ERROR)`.
   * @param address - of the socket's family; a host name is looked up, which blocks
   * @throws OSError `ECONNREFUSED`, `ETIMEDOUT`, `EISCONN`, … with `address` and `port`, or the `EAI_…`
   *   of a failed look-up; TypeError, RangeError for a bad address
   */
  connect(address: Address): void {
    const endpoint = toEndpoint(this.family, address);
    const result = native.connect(this.openFd('connect'), this.milliseconds(), ...endpoint);
    checkAt(result, 'connect', () => address);
  }

  /**
   * As {@link connect}, but returns the error of the system call instead of throwing it.
   * @param address - as in {@link connect}
   * @returns 0, or the errno with the sign of `OSError.errno`; `-EAGAIN` when the time is over
   * @throws OSError `EAI_…` of a failed look-up, `EBADF` on a closed socket; TypeError, RangeError
   */
  connectEx(address: Address): number {
    const endpoint = toEndpoint(this.family, address);
    const result = native.connect(this.openFd('connect'), this.milliseconds(), ...endpoint);
    if (isLookupFailure(result)) throw new OSError(result, 'getaddrinfo');
    return result === -ETIMEDOUT && this.gettimeout() !== null ? -EAGAIN : result;
  }

  /**
   * A file over the socket, for programs that read and write lines. It has the timeout of the
   * socket; the file descriptor stays open until the socket and all its files are closed.
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.makefile
   *
   * @param mode - of the letters `r`, `w` (both: for reading and writing) and `b` (bytes instead of
   *   text); by default for reading text
   * @param options - see {@link MakefileOptions}
   * @returns a {@link TextFile}; with `b` a {@link BufferedFile}; with `b` and `buffering` 0 a
   *   {@link SocketIO}
   * @throws RangeError for another letter, for text without a buffer, for an unknown encoding
   * @throws OSError `EBADF` if the socket is closed
   */
  makefile(mode: `${string}b${string}`, options: MakefileOptions & { buffering: 0 }): SocketIO;
  makefile(mode: `${string}b${string}`, options?: MakefileOptions): BufferedFile;
  makefile(mode?: 'r' | 'w' | 'rw' | 'wr', options?: MakefileOptions): TextFile;
  makefile(mode: string, options?: MakefileOptions): TextFile | BufferedFile | SocketIO;
  makefile(mode = 'r', options: MakefileOptions = {}): TextFile | BufferedFile | SocketIO {
    const { direction, open } = fileFormat(mode, options);
    this.openFd('makefile');
    const file = open(new SocketIO(this, direction, () => this.forgetFile()));
    this.addFile();
    return file;
  }

  #accepted(fd: number, address: NativeAddress, timeout: number | null): [Socket, Address] {
    const socket = new Socket(this.family, this.type, this.proto, fd, TRUSTED, timeout);
    return [socket, fromNative(address) ?? ''];
  }
}

/**
 * A new socket, or a socket on an existing file descriptor; socket(2).
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.socket
 *
 * @param family - default AF_INET
 * @param type - default SOCK_STREAM; with SOCK_NONBLOCK added, the timeout is 0
 * @param proto - 0 is the default of the family
 * @param fd - taken over: the socket closes it. Other arguments that are undefined are then asked
 *   from the kernel
 * @returns the socket, with the default timeout
 * @throws OSError such as `EAFNOSUPPORT`, `EMFILE`; for an fd `EBADF`, `ENOTSOCK`
 * @throws RangeError if the fd is negative
 * @platform POSIX
 */
export function socket(family?: number, type?: number, proto?: number, fd?: number): Socket {
  return new Socket(family, type, proto, fd);
}

/**
 * Two sockets, connected with each other; socketpair(2).
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.socketpair
 * @param family - default: AF_UNIX
 * @param type - default: SOCK_STREAM; with SOCK_NONBLOCK added, the timeout is 0
 * @param proto - default: 0
 * @returns the two sockets, with the default timeout
 * @throws OSError `EOPNOTSUPP` (Node's name for it is `ENOTSUP`) for families other than AF_UNIX
 * @throws TypeError, RangeError for arguments that are not non-negative integers
 * @platform POSIX
 */
export function socketpair(family = AF_UNIX, type = SOCK_STREAM, proto = 0): [Socket, Socket] {
  integer('family', family, 0, INT_MAX);
  integer('type', type, 0, INT_MAX);
  integer('proto', proto, 0, INT_MAX);
  const timeout = isNonBlocking(type) ? 0 : getdefaulttimeout();
  const fds: number[] = [];
  check(native.socketpair(family, type, proto, fds), 'socketpair');
  if (timeout !== null) for (const fd of fds) check(native.setBlocking(fd, 0), 'fcntl');
  return fds.map((fd) => new Socket(family, withoutFlags(type), proto, fd, TRUSTED, timeout)) as [
    Socket,
    Socket,
  ];
}
