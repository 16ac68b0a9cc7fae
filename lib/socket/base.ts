/** The base part of a socket: opening, timeout, addresses, options, closing. */
import { errnoNumber, type NativeAddress, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  closedError,
  INSPECT,
  INT_MAX,
  integer,
  OSError,
  oneLine,
  shown,
  socketTimeout,
  toBytes,
  typeError,
  UINT_MAX,
  type View,
} from '../values/index.js';
import { closeAndWake, endWaitsFor } from '../waits/internal.js';
import { type Address, fromNative, toEndpoint } from './address.js';
import { AF_INET, SOCK_STREAM } from './core-constants.js';
import { checkAt } from './errors.js';
import {
  checkSocket,
  familyOf,
  intOption,
  isNonBlocking,
  protocolOf,
  typeOf,
  withoutFlags,
} from './kind.js';
import type { PendingLookup } from './lookup.js';
import { familyName, typeName } from './show.js';

const EBADF = errnoNumber('EBADF');
const ECONNRESET = errnoNumber('ECONNRESET');

/** The addon's value for "make the plain call". */
const NO_TIMEOUT = -1;

/** The largest value of getsockopt(), as in Python. */
const MAX_OPTION_SIZE = 1024;

/** An argument of the constructor that only this package has. */
export const TRUSTED = Symbol('trusted');

let defaultTimeout: number | null = null;

/**
 * The default timeout of new sockets.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.getdefaulttimeout
 * @returns **seconds**; null: no limit, which is so until {@link setdefaulttimeout} is called
 * @platform POSIX
 */
export function getdefaulttimeout(): number | null {
  return defaultTimeout;
}

/**
 * Sets the default timeout of new sockets, including accepted ones.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.setdefaulttimeout
 * @param timeout - **seconds**; null: no limit; as in {@link Socket.settimeout}
 * @throws RangeError if it is negative or NaN; TypeError
 * @platform POSIX
 */
export function setdefaulttimeout(timeout: number | null): void {
  defaultTimeout = socketTimeout('timeout', timeout);
}

/** The part of {@link Socket} for opening, addresses, options and closing. */
export abstract class SocketBase {
  /** The address family, such as AF_INET. */
  readonly family: number;
  /** The type, such as SOCK_STREAM, without flags. */
  readonly type: number;
  /** The protocol; 0 is the default of the family. */
  readonly proto: number;
  #fd: number;
  /** Seconds; null blocks, 0 does not. */
  #timeout: number | null = null;
  /** The number of open files of {@link makefile}, and whether only they keep the fd open. */
  #files = 0;
  #isClosed = false;
  /**
   * The pending lookup of a call that does not block; close() ends it.
   * @internal
   */
  protected lookup: PendingLookup | null = null;

  /**
   * See {@link socket}.
   * @param family - default: AF_INET; of an fd: asked from the kernel
   * @param type - default: SOCK_STREAM; of an fd: asked from the kernel
   * @param proto - default: 0, the default of the family; of an fd: asked from the kernel
   * @param fd - taken over: the socket closes it
   * @throws as {@link socket}
   */
  constructor(family?: number, type?: number, proto?: number, fd?: number);
  /**
   * For an fd whose arguments are known and whose O_NONBLOCK fits the timeout.
   * @internal
   */
  constructor(
    family: number,
    type: number,
    proto: number,
    fd: number,
    trusted: typeof TRUSTED,
    timeout: number | null,
  );
  constructor(
    family?: number,
    type?: number,
    proto?: number,
    fd?: number,
    trusted?: symbol,
    timeout: number | null = null,
  ) {
    if (trusted === TRUSTED) {
      this.family = family as number;
      this.type = type as number;
      this.proto = proto as number;
      this.#fd = fd as number;
      this.#timeout = timeout;
      return;
    }
    const wanted = [optional('family', family), optional('type', type), optional('proto', proto)];
    if (fd === undefined) {
      const [domain = AF_INET, kind = SOCK_STREAM, protocol = 0] = wanted;
      this.#fd = check(native.socket(domain, kind, protocol), 'socket');
      this.family = domain;
      this.type = withoutFlags(kind);
      this.proto = protocol;
      this.#adoptTimeout(isNonBlocking(kind) ? 0 : defaultTimeout);
      return;
    }
    this.#fd = integer('fd', fd, 0, INT_MAX);
    checkSocket(fd); // as CPython, even if family and type are given
    native.adoptFd(fd);
    this.family = wanted[0] ?? familyOf(fd);
    this.type = wanted[1] ?? typeOf(fd);
    this.proto = wanted[2] ?? protocolOf(fd);
    this.#adoptTimeout(defaultTimeout);
  }

  /** The file descriptor; -1 once the socket and its files are closed. */
  fileno(): number {
    return this.#fd;
  }

  /**
   * Gives the socket an address; bind(2).
   * @param address - of the socket's family; a host name is looked up, which blocks
   * @throws OSError `EADDRINUSE`, `EACCES`, … with `address` and `port`, or the `EAI_…` of a failed
   *   look-up; TypeError, RangeError for a bad address
   */
  bind(address: Address): void {
    const endpoint = toEndpoint(this.family, address);
    checkAt(native.bind(this.openFd('bind'), ...endpoint), 'bind', () => address);
  }

  /**
   * Lets clients connect; listen(2).
   * @param backlog - the number of connections that may wait to be accepted; negative means 0
   * @throws OSError `EADDRINUSE`, `ENOTSUP` for a datagram socket; TypeError, RangeError
   */
  listen(backlog = 128): void {
    const size = integer('backlog', backlog, -INT_MAX - 1, INT_MAX);
    check(native.listen(this.openFd('listen'), Math.max(size, 0)), 'listen');
  }

  /**
   * Ends one direction of the connection or both; shutdown(2).
   * @param how - SHUT_RD, SHUT_WR or SHUT_RDWR
   * @throws OSError `ENOTCONN`, `EINVAL` for another `how`; TypeError, RangeError
   */
  shutdown(how: number): void {
    const direction = integer('how', how, 0, INT_MAX);
    check(native.shutdown(this.openFd('shutdown'), direction), 'shutdown');
  }

  /**
   * Closes the file descriptor. While files of {@link makefile} are open, the socket still works,
   * and closing the last of them closes it. A promise that waits only for this socket is rejected
   * with `ERR_CLOSED`. Idempotent.
   * @throws OSError `EBADF` if other code has closed it
   */
  close(): void {
    this.#isClosed = true;
    if (this.#files === 0) this.#close();
  }

  #close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    this.lookup?.fail(closedError('socket'));
    const result = closeAndWake(fd, 'socket');
    // The connection is closed in any case, as in Python.
    if (result !== -ECONNRESET) check(result, 'close');
  }

  /**
   * Closes the socket without closing the file descriptor, which also stays open when the worker
   * ends that has opened it. A promise that waits only for this socket is rejected with
   * `ERR_CLOSED`.
   * @returns the file descriptor; -1 if the socket was closed before
   */
  detach(): number {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd < 0) return fd;
    native.giveFd(fd);
    this.lookup?.fail(closedError('socket'));
    for (const wait of endWaitsFor(fd, 'socket')) wait.look();
    return fd;
  }

  /**
   * `setblocking(true)` is `settimeout(null)`, `setblocking(false)` is `settimeout(0)`.
   * @param blocking - whether calls may wait without a limit
   * @throws TypeError for a value that is not a boolean; OSError `EBADF`
   */
  setblocking(blocking: boolean): void {
    if (typeof blocking !== 'boolean') throw typeError('blocking', 'a boolean', blocking);
    this.settimeout(blocking ? null : 0);
  }

  /** Whether calls may wait, with or without a timeout. */
  getblocking(): boolean {
    return this.#timeout !== 0;
  }

  /**
   * Sets how long a call may wait before it throws `ETIMEDOUT`.
   * @param timeout - seconds; 0 does not wait (`EAGAIN`); null or Infinity wait without a limit.
   *   Unless it is null, the fd is set to non-blocking, and calls wait with poll(2).
   * @throws TypeError; RangeError if it is negative or NaN; OSError `EBADF`
   */
  settimeout(timeout: number | null): void {
    const seconds = socketTimeout('timeout', timeout);
    this.#setBlocking(seconds === null);
    this.#timeout = seconds;
  }

  /**
   * Whether child processes inherit the file descriptor; at first they do not.
   * @throws OSError `EBADF`
   */
  getInheritable(): boolean {
    return check(native.getInheritable(this.openFd('fcntl')), 'fcntl') === 1;
  }

  /**
   * Sets whether child processes inherit the file descriptor.
   * @param inheritable - default of a new socket: false
   * @throws TypeError for a value that is not a boolean; OSError `EBADF`
   */
  setInheritable(inheritable: boolean): void {
    if (typeof inheritable !== 'boolean') throw typeError('inheritable', 'a boolean', inheritable);
    check(native.setInheritable(this.openFd('fcntl'), inheritable ? 1 : 0), 'fcntl');
  }

  /** How long a call may wait: seconds, or null for no limit. */
  gettimeout(): number | null {
    return this.#timeout;
  }

  /**
   * The local address; getsockname(2).
   * @throws OSError `EBADF`
   */
  getsockname(): Address {
    const address: NativeAddress = [];
    check(native.getsockname(this.openFd('getsockname'), address), 'getsockname');
    return fromNative(address) ?? '';
  }

  /**
   * The peer's address; getpeername(2).
   * @throws OSError `ENOTCONN` if it is not connected; `EBADF`
   */
  getpeername(): Address {
    const address: NativeAddress = [];
    check(native.getpeername(this.openFd('getpeername'), address), 'getpeername');
    return fromNative(address) ?? '';
  }

  /**
   * Sets an option; setsockopt(2).
   * @param level - such as SOL_SOCKET, IPPROTO_TCP
   * @param name - such as SO_KEEPALIVE, TCP_NODELAY
   * @param value - an integer, a boolean, or the bytes of a C structure
   * @throws OSError `ENOPROTOOPT`, `EINVAL`, `EBADF`, …; TypeError, RangeError for bad arguments
   */
  setsockopt(level: number, name: number, value: number | boolean | BytesLike): void {
    const where = integer('level', level, -INT_MAX - 1, INT_MAX);
    const which = integer('name', name, -INT_MAX - 1, INT_MAX);
    const bytes = optionBytes(value);
    check(native.setsockopt(this.openFd('setsockopt'), where, which, bytes), 'setsockopt');
  }

  /**
   * Reads an option that is an integer; getsockopt(2).
   * @param level - such as SOL_SOCKET
   * @param name - such as SO_ERROR
   * @returns the integer
   * @throws OSError `ENOPROTOOPT`, `EBADF`, …; TypeError, RangeError for bad arguments
   */
  getsockopt(level: number, name: number): number;
  /**
   * Reads an option; getsockopt(2).
   * @param level - such as IPPROTO_IP
   * @param name - such as IP_OPTIONS
   * @param size - 0: returns the option as an integer; otherwise returns its bytes, at most this
   *   many, up to 1024
   */
  getsockopt(level: number, name: number, size: number): number | Buffer;
  getsockopt(level: number, name: number, size = 0): number | Buffer {
    const where = integer('level', level, -INT_MAX - 1, INT_MAX);
    const which = integer('name', name, -INT_MAX - 1, INT_MAX);
    const limit = integer('size', size, 0, MAX_OPTION_SIZE);
    const fd = this.openFd('getsockopt');
    if (limit === 0) return intOption(fd, where, which);
    const value = Buffer.alloc(limit);
    return value.subarray(0, check(native.getsockopt(fd, where, which, value), 'getsockopt'));
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    const fields: Record<string, unknown> = {
      fd: this.#fd,
      family: familyName(this.family),
      type: typeName(this.type),
    };
    if (this.proto !== 0) fields.proto = this.proto;
    for (const [name, get] of [
      ['local', native.getsockname],
      ['peer', native.getpeername],
    ] as const) {
      const address: NativeAddress = [];
      // A socket that is not connected has no peer address, and a closed one has no address at all.
      if (this.#fd < 0 || get(this.#fd, address) < 0) continue;
      fields[name] = fromNative(address) ?? '';
    }
    return shown('Socket', fields, view);
  }

  /**
   * The local address for errors; null if there is none.
   * @internal
   */
  protected ownAddress(): Address | null {
    const address: NativeAddress = [];
    return native.getsockname(this.#fd, address) < 0 ? null : fromNative(address);
  }

  /**
   * The file descriptor.
   * @throws OSError `EBADF` if the socket is closed
   * @internal
   */
  protected openFd(syscall: string): number {
    if (this.#fd < 0) throw new OSError(EBADF, syscall);
    return this.#fd;
  }

  /**
   * The timeout as the addon takes it: milliseconds, rounded up.
   * @internal
   */
  protected milliseconds(): number {
    return this.#timeout === null ? NO_TIMEOUT : Math.ceil(this.#timeout * 1000);
  }

  /** Sets the timeout of a new socket, whose fd is blocking. */
  #adoptTimeout(timeout: number | null): void {
    this.#timeout = timeout;
    if (timeout !== null) this.#setBlocking(false);
  }

  #setBlocking(blocking: boolean): void {
    check(native.setBlocking(this.openFd('fcntl'), blocking ? 1 : 0), 'fcntl');
  }

  /**
   * Keeps the fd open until {@link forgetFile} was called the same number of times.
   * @internal
   */
  protected addFile(): void {
    this.#files++;
  }

  /** @internal */
  protected forgetFile(): void {
    this.#files--;
    if (this.#isClosed && this.#files === 0) this.#close();
  }
}

function optional(name: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : integer(name, value, 0, INT_MAX);
}

function optionBytes(value: unknown): Uint8Array {
  if (typeof value === 'boolean' || typeof value === 'number') {
    const number = integer('value', Number(value), -INT_MAX - 1, UINT_MAX);
    return new Uint8Array(Int32Array.of(number).buffer);
  }
  return toBytes('value', value);
}
