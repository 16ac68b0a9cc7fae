/** Python's `socket.socket`, the part that programs on select() and poll() use. */

import { constants as osConstants } from 'node:os';
import {
  type BufferedFile,
  fileFormat,
  type MakefileOptions,
  type TextFile,
} from '../io/internal.js';
import { type NativeAddress, type NativeEndpoint, native, now } from '../native/index.js';
import {
  type BytesLike,
  check,
  closedError,
  concurrentPollError,
  type FileDescriptorLike,
  FOREVER,
  INSPECT,
  INT_MAX,
  integer,
  isLookupFailure,
  OSError,
  oneLine,
  rangeError,
  shown,
  socketTimeout,
  toBytes,
  toBytesOrText,
  typeError,
  UINT_MAX,
  type View,
} from '../values/index.js';
import { POLLIN, POLLOUT, selectAsync } from '../waits/index.js';
import {
  closeAndWake,
  endWaitsFor,
  promised,
  reasonOf,
  signalOf,
  type WaitOptions,
} from '../waits/internal.js';
import { type Address, fromNative, toEndpoint } from './address.js';
import { callAsync, lookUp, needsLookup, orNotYet, type PendingLookup } from './async.js';
import {
  AF_INET,
  AF_UNIX,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.js';
import { checkAt, withAddress } from './errors.js';
import {
  type AncillaryData,
  controlMessages,
  type ReceivedMessage,
  receivedData,
} from './message.js';
import { sendFile } from './send-file.js';
import { familyName, typeName } from './show.js';
import { MAX_CHUNK, Slab } from './slab.js';
import { SocketIO } from './socket-io.js';

const { EAGAIN, EALREADY, EBADF, ECONNRESET, EINPROGRESS, ENOTSOCK, EWOULDBLOCK, ETIMEDOUT } =
  osConstants.errno;

/** What a call that does not block begins with. */
interface AsyncBeginning {
  fd: number;
  signal: AbortSignal | undefined;
}

/** What the addon takes for "make the plain call". */
const NO_TIMEOUT = -1;

/** What calls of up to this size receive into, before they copy what has come. */
const SCRATCH_SIZE = 65536;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_SIZE);

const slab = new Slab();

/** The largest value of getsockopt(), as in Python. */
const MAX_OPTION_SIZE = 1024;

/** What only this package's own calls of the constructor have. */
const TRUSTED = Symbol('trusted');

let defaultTimeout: number | null = null;

/** The timeout of new sockets: seconds, or null for none, as in Python. */
export function getdefaulttimeout(): number | null {
  return defaultTimeout;
}

/**
 * Sets the timeout of new sockets, accepted ones too.
 * @param timeout - as in {@link Socket.settimeout}
 */
export function setdefaulttimeout(timeout: number | null): void {
  defaultTimeout = socketTimeout('timeout', timeout);
}

/**
 * A socket: a file descriptor and how long its calls may wait. It is closed by `close()` or
 * `using`, never by the garbage collector.
 *
 * Every method throws `OSError` with the errno of its system call, `EBADF` on a closed socket and
 * `EAGAIN` where a non-blocking one would have to wait; TypeError and RangeError for bad
 * arguments. Interrupted calls (EINTR) go on with the time that is left.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket-objects
 * @platform POSIX
 */
export class Socket {
  /** The address family, such as AF_INET. */
  readonly family: number;
  /** The type, such as SOCK_STREAM, without flags. */
  readonly type: number;
  /** The protocol; 0 is the family's usual one. */
  readonly proto: number;
  #fd: number;
  /** Seconds; null blocks, 0 does not. */
  #timeout: number | null = null;
  /** How many files of {@link makefile} are open, and whether they alone keep the fd. */
  #files = 0;
  #isClosed = false;
  /** The directions in which a call is waiting without blocking, and its look-up. */
  #waiting = 0;
  #lookup: PendingLookup | null = null;

  /** The same as {@link socket}. */
  constructor(family?: number, type?: number, proto?: number, fd?: number);
  /**
   * For an fd whose arguments are known to be right and whose O_NONBLOCK fits the timeout.
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
    checkSocket(fd);
    native.adoptFd(fd);
    this.family = wanted[0] ?? familyOf(fd);
    this.type = wanted[1] ?? intOption(fd, SOL_SOCKET, SO_TYPE);
    this.proto = wanted[2] ?? protocolOf(fd);
    this.#adoptTimeout(defaultTimeout);
  }

  /**
   * A socket on a duplicate of `fd`; the original stays open and belongs to whom it belonged.
   * Family, type and protocol are the kernel's answer.
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

  /** The file descriptor; -1 once the socket and its files are closed. */
  fileno(): number {
    return this.#fd;
  }

  /** A socket on a duplicate of the file descriptor, with the same timeout. */
  dup(): Socket {
    const duplicate = check(native.dup(this.#open('dup')), 'dup');
    // O_NONBLOCK stays as it is, whatever the default timeout: both fds share it.
    return new Socket(this.family, this.type, this.proto, duplicate, TRUSTED, this.#timeout);
  }

  /** Gives the socket an address; bind(2). */
  bind(address: Address): void {
    const endpoint = toEndpoint(this.family, address);
    checkAt(native.bind(this.#open('bind'), ...endpoint), 'bind', () => address);
  }

  /**
   * Lets clients connect; listen(2).
   * @param backlog - how many connections may wait to be accepted; negative counts as 0
   */
  listen(backlog = 128): void {
    const size = integer('backlog', backlog, -INT_MAX - 1, INT_MAX);
    check(native.listen(this.#open('listen'), Math.max(size, 0)), 'listen');
  }

  /**
   * Takes a waiting connection; accept(2).
   * @returns the connection, which is blocking whatever this socket is, and the client's address
   */
  accept(): [Socket, Address] {
    const address: NativeAddress = [];
    const isNonBlocking = defaultTimeout === null ? 0 : 1;
    const fd = checkAt(
      native.accept(this.#open('accept'), this.#wait(), isNonBlocking, address),
      'accept',
      () => this.#ownAddress(),
    );
    return this.#accepted(fd, address, defaultTimeout);
  }

  /**
   * Connects to an address; connect(2). With a timeout of 0 it throws `EINPROGRESS`: wait until
   * the socket is writable, then `getsockopt(SOL_SOCKET, SO_ERROR)` tells how it went.
   */
  connect(address: Address): void {
    const endpoint = toEndpoint(this.family, address);
    const result = native.connect(this.#open('connect'), this.#wait(), ...endpoint);
    checkAt(result, 'connect', () => address);
  }

  /**
   * {@link accept} without blocking. Like all of the …Async methods it goes by the socket's timeout
   * and leaves O_NONBLOCK alone. One that receives and one that sends may wait at the same time.
   * @param options - `signal` ends the wait
   * @returns a promise that is rejected as the call throws; with the signal's reason; with
   *   `ERR_CONCURRENT_POLL` where another call waits in the same direction; with `ERR_CLOSED` when the
   *   socket is closed meanwhile
   */
  acceptAsync(options?: WaitOptions): Promise<[Socket, Address]> {
    const address: NativeAddress = [];
    return this.#callAsync('accept', POLLIN, options, (fd) => {
      const result = native.accept(fd, 0, defaultTimeout === null ? 0 : 1, address);
      if (result === -EAGAIN) return null;
      checkAt(result, 'accept', () => this.#ownAddress());
      return this.#accepted(result, address, defaultTimeout);
    });
  }

  /**
   * {@link connect} without blocking; a name is looked up in another thread. See {@link acceptAsync}.
   * With a timeout of null the full backlog of a Unix listener is waited for.
   */
  connectAsync(address: Address, options?: WaitOptions): Promise<void> {
    return promised(() => {
      const endpoint = toEndpoint(this.family, address);
      const begin = this.#beginAsync('connect', POLLOUT, options);
      return this.#connectAsync(endpoint, address, begin).finally(() => {
        this.#waiting &= ~POLLOUT;
        this.#lookup = null;
      });
    });
  }

  async #connectAsync(
    endpoint: NativeEndpoint,
    address: Address,
    { fd, signal }: AsyncBeginning,
  ): Promise<void> {
    const timeout = this.#timeout;
    const end = timeout === null ? Infinity : now() + timeout * 1000;
    const target = needsLookup(endpoint)
      ? await lookUp(endpoint, (timeout ?? 0) * 1000 || FOREVER, signal, (pending) => {
          this.#lookup = pending;
        })
      : endpoint;
    const left =
      timeout === null || timeout === 0 ? timeout : Math.max((end - now()) / 1000, 0.001);
    for (let pause = 0.001; ; pause = Math.min(2 * pause, 0.01)) {
      const result = native.connect(fd, 0, ...target);
      if (result === -EAGAIN && timeout === null) {
        // The backlog of a Unix listener is full, and nothing reports when there is room.
        await selectAsync([], [], [], pause, { signal });
        if (this.#fd !== fd) throw closedError('socket');
        continue;
      }
      if (timeout === 0 || (result !== -EINPROGRESS && result !== -EALREADY)) {
        checkAt(result, 'connect', () => address);
        return;
      }
      break;
    }
    await callAsync({
      ...{ fd, events: POLLOUT, syscall: 'connect', timeout: left, signal },
      // Made again it says how it went and, unlike SO_ERROR, leaves a socket that may try again.
      attempt: () => {
        const result = native.connect(fd, 0, ...target);
        if (result === -EINPROGRESS || result === -EALREADY) return null;
        return result === 0 ? 0 : checkAt(result, 'connect', () => address);
      },
    }).catch((error: unknown) => {
      throw error instanceof OSError ? withAddress(error, address) : error;
    });
  }

  /**
   * As {@link connect}, but returns the error of the system call instead of throwing it.
   * @returns 0, or the errno with the sign of `OSError.errno`; `-EAGAIN` when the time is over
   */
  connectEx(address: Address): number {
    const endpoint = toEndpoint(this.family, address);
    const result = native.connect(this.#open('connect'), this.#wait(), ...endpoint);
    if (isLookupFailure(result)) throw new OSError(result, 'getaddrinfo');
    return result === -ETIMEDOUT && this.#timeout !== null ? -EAGAIN : result;
  }

  /**
   * Receives up to `size` bytes; recv(2).
   * @returns the bytes, in memory that is not used again; empty at the end of the stream. As with
   *   `Buffer.from()`, its ArrayBuffer may hold other Buffers, too, and cannot be transferred.
   */
  recv(size: number, flags = 0): Buffer {
    integer('size', size, 0, INT_MAX);
    if (size <= MAX_CHUNK) {
      const block = slab.reserve(size);
      // With MSG_TRUNC the answer may be more than what was written.
      return slab.take(Math.min(this.#receive(block, slab.used, size, flags), size));
    }
    const buffer = Buffer.allocUnsafeSlow(size);
    return ownBytes(buffer, Math.min(this.#receive(buffer, 0, size, flags), size));
  }

  /** {@link recv} without blocking; see {@link acceptAsync}. */
  recvAsync(size: number, flags = 0, options?: WaitOptions): Promise<Buffer> {
    return promised(() => {
      integer('size', size, 0, INT_MAX);
      const bits = flagBits(flags);
      return this.#callAsync('recv', POLLIN, options, (fd) => {
        const buffer = size <= SCRATCH_SIZE ? scratch : Buffer.allocUnsafeSlow(size);
        const received = size === 0 ? 0 : native.recv(fd, buffer, 0, size, bits, 0);
        return orNotYet(received, 'recv') === null ? null : ownBytes(buffer, received);
      });
    });
  }

  /**
   * {@link recvInto} without blocking; see {@link acceptAsync}.
   * @returns a promise that is also rejected where the buffer was detached or has shrunk meanwhile;
   *   nothing is lost then
   */
  recvIntoAsync(buffer: BytesLike, size = 0, flags = 0, options?: WaitOptions): Promise<number> {
    return promised(() => {
      const bytes = toBytes('buffer', buffer);
      const limit = sizeWithin(bytes, size) || bytes.length;
      const bits = flagBits(flags);
      return this.#callAsync('recv', POLLIN, options, (fd) => {
        if (bytes.length < limit) throw rangeError('buffer', `still ${limit} bytes long`, buffer);
        return limit === 0 ? 0 : orNotYet(native.recv(fd, bytes, 0, limit, bits, 0), 'recv');
      });
    });
  }

  /** {@link recvfrom} without blocking; see {@link acceptAsync}. */
  recvfromAsync(size: number, flags = 0, options?: WaitOptions): Promise<[Buffer, Address | null]> {
    return promised(() => {
      integer('size', size, 0, INT_MAX);
      const bits = flagBits(flags);
      return this.#callAsync('recvfrom', POLLIN, options, (fd) => {
        const buffer = size <= SCRATCH_SIZE ? scratch : Buffer.allocUnsafeSlow(size);
        const address: NativeAddress = [];
        const received = native.recvfrom(fd, buffer, 0, size, bits, 0, address);
        if (orNotYet(received, 'recvfrom') === null) return null;
        return [ownBytes(buffer, Math.min(received, size)), fromNative(address)];
      });
    });
  }

  /** {@link send} without blocking; see {@link acceptAsync}. */
  sendAsync(data: BytesLike | string, flags = 0, options?: WaitOptions): Promise<number> {
    return promised(() => {
      const bytes = toBytesOrText('data', data);
      const { length } = bytes;
      const bits = flagBits(flags);
      return this.#callAsync('send', POLLOUT, options, (fd) => {
        checkUnchanged(bytes, length, data);
        return orNotYet(native.send(fd, bytes, 0, length, bits, 0), 'send');
      });
    });
  }

  /**
   * {@link sendall} without blocking; see {@link acceptAsync}.
   * @returns a promise; its error has `bytesWritten`, the number of bytes that were sent
   */
  sendallAsync(data: BytesLike | string, flags = 0, options?: WaitOptions): Promise<void> {
    return promised(() => {
      const bytes = toBytesOrText('data', data);
      const { length } = bytes;
      const bits = flagBits(flags);
      let sent = 0;
      return this.#callAsync('send', POLLOUT, options, (fd) => {
        do {
          checkUnchanged(bytes, length, data);
          const result = native.send(fd, bytes, sent, length - sent, bits, 0);
          if (orNotYet(result, 'send') === null) return null;
          sent += result;
        } while (sent < length);
        return true;
      }).then(
        () => {},
        (error: unknown) => {
          if (error instanceof Error && Object.isExtensible(error)) {
            Object.assign(error, { bytesWritten: sent });
          }
          throw error;
        },
      );
    });
  }

  /** {@link sendto} without blocking; a name is looked up in another thread. See {@link acceptAsync}. */
  sendtoAsync(
    data: BytesLike | string,
    address: Address,
    flags = 0,
    options?: WaitOptions,
  ): Promise<number> {
    return promised(async () => {
      const bytes = toBytesOrText('data', data);
      const { length } = bytes;
      const endpoint = toEndpoint(this.family, address);
      const bits = flagBits(flags);
      const { signal } = this.#beginAsync('sendto', POLLOUT, options);
      let target = endpoint;
      try {
        if (needsLookup(endpoint)) {
          const milliseconds = (this.#timeout ?? 0) * 1000 || FOREVER;
          target = await lookUp(endpoint, milliseconds, signal, (pending) => {
            this.#lookup = pending;
          });
        }
      } finally {
        this.#waiting &= ~POLLOUT;
        this.#lookup = null;
      }
      return await this.#callAsync('sendto', POLLOUT, options, (fd) => {
        checkUnchanged(bytes, length, data);
        const result = native.sendto(fd, bytes, bits, 0, ...target);
        return result === -EAGAIN ? null : checkAt(result, 'sendto', () => address);
      });
    });
  }

  /** Checks what is common to the calls that do not block, and takes the direction. */
  #beginAsync(syscall: string, events: number, options: WaitOptions | undefined): AsyncBeginning {
    const signal = signalOf(options);
    if (signal?.aborted === true) throw reasonOf(signal);
    const fd = this.#open(syscall);
    if ((this.#waiting & events) !== 0) throw concurrentPollError();
    this.#waiting |= events;
    return { fd, signal };
  }

  #callAsync<T>(
    syscall: string,
    events: number,
    options: WaitOptions | undefined,
    attempt: (fd: number) => T | null,
  ): Promise<T> {
    return promised(() => {
      const { fd, signal } = this.#beginAsync(syscall, events, options);
      const timeout = this.#timeout;
      return callAsync({
        fd,
        events,
        syscall,
        timeout,
        signal,
        attempt: () => attempt(fd),
      }).finally(() => {
        this.#waiting &= ~events;
      });
    });
  }

  /**
   * Receives into a buffer; recv(2).
   * @param size - at most this many bytes; 0 is as many as the buffer holds
   * @returns how many bytes; 0 at the end of the stream
   */
  recvInto(buffer: BytesLike, size = 0, flags = 0): number {
    const bytes = toBytes('buffer', buffer);
    return this.#receive(bytes, 0, sizeWithin(bytes, size) || bytes.length, flags);
  }

  /**
   * As {@link recvfrom}, into a buffer.
   * @param size - at most this many bytes; 0 is as many as the buffer holds
   * @returns how many bytes, and the sender's address
   */
  recvfromInto(buffer: BytesLike, size = 0, flags = 0): [number, Address | null] {
    const bytes = toBytes('buffer', buffer);
    const limit = sizeWithin(bytes, size) || bytes.length;
    const bits = flagBits(flags);
    const address: NativeAddress = [];
    const received = check(
      native.recvfrom(this.#open('recvfrom'), bytes, 0, limit, bits, this.#wait(), address),
      'recvfrom',
    );
    return [received, fromNative(address)];
  }

  /**
   * Receives a message with its ancillary data; recvmsg(2).
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.recvmsg
   * @param bufsize - at most this many bytes of data
   * @param ancbufsize - the memory for ancillary data; see {@link CMSG_SPACE}, {@link CMSG_LEN}
   * @returns the bytes; level, type and data of each control message; flags such as MSG_CTRUNC; the
   *   sender's address, null where the socket is connected. File descriptors close on exec.
   */
  recvmsg(bufsize: number, ancbufsize = 0, flags = 0): ReceivedMessage<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(integer('bufsize', bufsize, 0, INT_MAX));
    const [size, ...rest] = this.recvmsgInto([buffer], ancbufsize, flags);
    return [ownBytes(buffer, Math.min(size, buffer.length)), ...rest];
  }

  /**
   * As {@link recvmsg}, into buffers, which are filled one after the other.
   * @returns how many bytes, and the rest as {@link recvmsg}
   */
  recvmsgInto(buffers: Iterable<BytesLike>, ancbufsize = 0, flags = 0): ReceivedMessage<number> {
    const list = Array.from(iterable('buffers', buffers), (item) => toBytes('buffers', item));
    const room = integer('ancbufsize', ancbufsize, 0, INT_MAX);
    const bits = flagBits(flags);
    return receivedData(this.#open('recvmsg'), this.family, list, room, bits, this.#wait());
  }

  /**
   * Sends a message with ancillary data; sendmsg(2).
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.sendmsg
   * @param buffers - the bytes, one after the other; strings are sent in UTF-8
   * @param ancdata - level, type and data of each control message
   * @param address - for sockets that are not connected
   * @returns how many bytes were sent
   */
  sendmsg(
    buffers: Iterable<BytesLike | string>,
    ancdata: Iterable<AncillaryData> = [],
    flags = 0,
    address?: Address | null,
  ): number {
    const list = Array.from(iterable('buffers', buffers), (item) => toBytesOrText('buffers', item));
    const control = controlMessages(ancdata);
    const bits = flagBits(flags);
    const hasAddress = address !== undefined && address !== null;
    const endpoint: NativeEndpoint | [] = hasAddress ? toEndpoint(this.family, address) : [];
    const fd = this.#open('sendmsg');
    const wait = this.#wait();
    return checkAt(
      native.sendmsg(fd, list, control, bits, wait, hasAddress ? 1 : 0, ...endpoint),
      'sendmsg',
      () => address ?? null,
    );
  }

  /**
   * Sends a file, or a part of it, without copying it through JavaScript; sendfile(2). Its position
   * is afterwards where the sending ended.
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.sendfile
   * @param file - a file that is open for reading; of other files than regular ones nothing is sent
   * @param offset - where in the file to begin
   * @param count - how many bytes; by default all to the end
   * @returns how many bytes were sent
   * @throws RangeError for a socket that is no stream, or whose timeout is 0, and for a `count` <= 0
   */
  sendfile(file: FileDescriptorLike, offset = 0, count?: number): number {
    const fd = this.#open('sendfile');
    if (this.type !== SOCK_STREAM) throw rangeError('socket', 'a stream socket', this.type);
    if (this.#timeout === 0) throw rangeError('timeout', 'other than 0', this.#timeout);
    return sendFile(this, fd, file, offset, count, this.#timeout);
  }

  /**
   * Receives a message and says from where; recvfrom(2).
   * @returns the bytes, cut off after `size`, and the sender's address; null where the socket is
   *   connected
   */
  recvfrom(size: number, flags = 0): [Buffer, Address | null] {
    integer('size', size, 0, INT_MAX);
    const buffer = size <= SCRATCH_SIZE ? scratch : Buffer.allocUnsafeSlow(size);
    const bits = flagBits(flags);
    const address: NativeAddress = [];
    const received = check(
      native.recvfrom(this.#open('recvfrom'), buffer, 0, size, bits, this.#wait(), address),
      'recvfrom',
    );
    return [ownBytes(buffer, Math.min(received, size)), fromNative(address)];
  }

  /**
   * Sends what the kernel takes at once; send(2). A string is sent in UTF-8.
   * @returns how many bytes that were, perhaps fewer than given
   */
  send(data: BytesLike | string, flags = 0): number {
    const bytes = toBytesOrText('data', data);
    const bits = flagBits(flags);
    return check(
      native.send(this.#open('send'), bytes, 0, bytes.length, bits, this.#wait()),
      'send',
    );
  }

  /**
   * Sends everything; a string in UTF-8. The timeout is for the whole of it. After an error there is no telling how
   * much has been sent.
   */
  sendall(data: BytesLike | string, flags = 0): void {
    const bytes = toBytesOrText('data', data);
    const bits = flagBits(flags);
    check(native.sendall(this.#open('send'), bytes, bits, this.#wait()), 'send');
  }

  /**
   * Sends a message to an address; sendto(2). A string is sent in UTF-8; empty data is an empty datagram.
   * @returns how many bytes were sent
   */
  sendto(data: BytesLike | string, address: Address, flags = 0): number {
    const bytes = toBytesOrText('data', data);
    const endpoint = toEndpoint(this.family, address);
    const bits = flagBits(flags);
    return checkAt(
      native.sendto(this.#open('sendto'), bytes, bits, this.#wait(), ...endpoint),
      'sendto',
      () => address,
    );
  }

  /**
   * {@link accept} that never waits.
   * @param timeout - of the connection, as in {@link settimeout}; by default the default timeout.
   *   Given here, making it non-blocking costs no further system call
   * @returns null where no connection is waiting
   */
  tryAccept(timeout: number | null = defaultTimeout): [Socket, Address] | null {
    const seconds = socketTimeout('timeout', timeout);
    const fd = this.#open('accept');
    const address: NativeAddress = [];
    const accepted = native.accept(fd, 0, seconds === null ? 0 : 1, address);
    if (wouldBlock(accepted)) return null;
    checkAt(accepted, 'accept', () => this.#ownAddress());
    return this.#accepted(accepted, address, seconds);
  }

  /**
   * {@link recvInto} that never waits and allocates nothing.
   * @param offset - where in the buffer the bytes go
   * @param size - at most this many; by default all that fit
   * @returns how many bytes; 0 at the end of the stream; null where there are none yet
   */
  tryRecvInto(buffer: BytesLike, offset = 0, size?: number): number | null {
    const bytes = toBytes('buffer', buffer);
    const begin = integer('offset', offset, 0, bytes.length);
    const room = bytes.length - begin;
    const limit = size === undefined ? room : integer('size', size, 0, room);
    const fd = this.#open('recv');
    if (limit === 0) return 0;
    const received = native.tryRecv(fd, bytes, begin, limit);
    if (received >= 0) return received;
    return wouldBlock(received) ? null : check(received, 'recv');
  }

  /**
   * {@link send} that never waits and allocates nothing.
   * @param offset - where in the data the bytes begin
   * @param size - how many; by default all from there on
   * @returns how many bytes were sent; null where the kernel takes none at the moment
   */
  trySend(data: BytesLike, offset = 0, size?: number): number | null {
    const bytes = toBytes('data', data);
    const begin = integer('offset', offset, 0, bytes.length);
    const rest = bytes.length - begin;
    const limit = size === undefined ? rest : integer('size', size, 0, rest);
    const fd = this.#open('send');
    const sent = native.trySend(fd, bytes, begin, limit);
    if (sent >= 0) return sent;
    return wouldBlock(sent) ? null : check(sent, 'send');
  }

  /**
   * Ends one direction of the connection or both; shutdown(2).
   * @param how - SHUT_RD, SHUT_WR or SHUT_RDWR
   */
  shutdown(how: number): void {
    const direction = integer('how', how, 0, INT_MAX);
    check(native.shutdown(this.#open('shutdown'), direction), 'shutdown');
  }

  /**
   * Closes the file descriptor; as long as files of {@link makefile} are open, it is the last of
   * them that does it, and until then the socket goes on working. A promise that waits for this
   * socket alone is rejected with `ERR_CLOSED`. Idempotent.
   * @throws OSError `EBADF` where somebody else has closed it
   */
  close(): void {
    this.#isClosed = true;
    if (this.#files === 0) this.#close();
  }

  #close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    this.#lookup?.fail(closedError('socket'));
    const result = closeAndWake(fd, 'socket');
    // The connection is gone either way, as in Python.
    if (result !== -ECONNRESET) check(result, 'close');
  }

  /**
   * Gives the file descriptor away: the socket is closed, the file descriptor stays open, also when
   * the worker ends in which it was opened. A promise that waits for this socket alone is rejected
   * with `ERR_CLOSED`.
   * @returns it; -1 where the socket was closed before
   */
  detach(): number {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd < 0) return fd;
    native.giveFd(fd);
    this.#lookup?.fail(closedError('socket'));
    for (const wait of endWaitsFor(fd, 'socket')) wait.look();
    return fd;
  }

  /** `setblocking(true)` is `settimeout(null)`, `setblocking(false)` is `settimeout(0)`. */
  setblocking(blocking: boolean): void {
    if (typeof blocking !== 'boolean') throw typeError('blocking', 'a boolean', blocking);
    this.settimeout(blocking ? null : 0);
  }

  /** Whether calls may wait, with a timeout or for ever. */
  getblocking(): boolean {
    return this.#timeout !== 0;
  }

  /**
   * Sets how long a call may wait before it throws `ETIMEDOUT`.
   * @param timeout - seconds; 0 does not wait (`EAGAIN`); null or Infinity wait for ever. The fd is
   *   non-blocking unless it is null: waiting is done with poll(2).
   */
  settimeout(timeout: number | null): void {
    const seconds = socketTimeout('timeout', timeout);
    this.#setBlocking(seconds === null);
    this.#timeout = seconds;
  }

  /** How long a call may wait: seconds, or null for as long as it takes. */
  gettimeout(): number | null {
    return this.#timeout;
  }

  /** The socket's own address; getsockname(2). */
  getsockname(): Address {
    const address: NativeAddress = [];
    check(native.getsockname(this.#open('getsockname'), address), 'getsockname');
    return fromNative(address) ?? '';
  }

  /** The address at the other end; getpeername(2). */
  getpeername(): Address {
    const address: NativeAddress = [];
    check(native.getpeername(this.#open('getpeername'), address), 'getpeername');
    return fromNative(address) ?? '';
  }

  /**
   * Sets an option; setsockopt(2).
   * @param value - an integer, a boolean, or the bytes of a C structure
   */
  setsockopt(level: number, name: number, value: number | boolean | BytesLike): void {
    const where = integer('level', level, -INT_MAX - 1, INT_MAX);
    const which = integer('name', name, -INT_MAX - 1, INT_MAX);
    const bytes = optionBytes(value);
    check(native.setsockopt(this.#open('setsockopt'), where, which, bytes), 'setsockopt');
  }

  /**
   * Reads an option; getsockopt(2).
   * @param size - none or 0: the option is an integer, which is returned; else up to 1024: the
   *   bytes of it are returned, at most this many
   */
  getsockopt(level: number, name: number): number;
  getsockopt(level: number, name: number, size: number): number | Buffer;
  getsockopt(level: number, name: number, size = 0): number | Buffer {
    const where = integer('level', level, -INT_MAX - 1, INT_MAX);
    const which = integer('name', name, -INT_MAX - 1, INT_MAX);
    const limit = integer('size', size, 0, MAX_OPTION_SIZE);
    const fd = this.#open('getsockopt');
    if (limit === 0) return intOption(fd, where, which);
    const value = Buffer.alloc(limit);
    return value.subarray(0, check(native.getsockopt(fd, where, which, value), 'getsockopt'));
  }

  /**
   * A file over the socket, for programs that read and write lines. It blocks as the socket does,
   * and works with timeouts; the socket stays open until it and all its files are closed.
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.makefile
   *
   * @param mode - of the letters `r`, `w` (both: for reading and writing) and `b` (bytes instead of
   *   text); by default for reading text
   * @returns a {@link TextFile}; with `b` a {@link BufferedFile}; with `b` and `buffering` 0 a
   *   {@link SocketIO}
   * @throws RangeError for another letter, for text without a buffer, for an unknown encoding
   * @throws OSError `EBADF` where the socket is closed
   */
  makefile(mode: `${string}b${string}`, options: MakefileOptions & { buffering: 0 }): SocketIO;
  makefile(mode: `${string}b${string}`, options?: MakefileOptions): BufferedFile;
  makefile(mode?: 'r' | 'w' | 'rw' | 'wr', options?: MakefileOptions): TextFile;
  makefile(mode: string, options?: MakefileOptions): TextFile | BufferedFile | SocketIO;
  makefile(mode = 'r', options: MakefileOptions = {}): TextFile | BufferedFile | SocketIO {
    const { direction, open } = fileFormat(mode, options);
    this.#open('makefile');
    const file = open(new SocketIO(this, direction, () => this.#forgetFile()));
    this.#files++;
    return file;
  }

  #forgetFile(): void {
    this.#files--;
    if (this.#isClosed && this.#files === 0) this.#close();
  }

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
      // A socket that is not connected has no peer, and a closed one has neither.
      if (this.#fd < 0 || get(this.#fd, address) < 0) continue;
      fields[name] = fromNative(address) ?? '';
    }
    return shown('Socket', fields, view);
  }

  #ownAddress(): Address | null {
    const address: NativeAddress = [];
    return native.getsockname(this.#fd, address) < 0 ? null : fromNative(address);
  }

  /** The file descriptor; throws EBADF where it is closed, before anything waits for it. */
  #open(syscall: string): number {
    if (this.#fd < 0) throw new OSError(EBADF, syscall);
    return this.#fd;
  }

  /** The timeout as the addon takes it: milliseconds, rounded up. */
  #wait(): number {
    return this.#timeout === null ? NO_TIMEOUT : Math.ceil(this.#timeout * 1000);
  }

  #receive(buffer: Uint8Array, offset: number, size: number, flags: number): number {
    const bits = flagBits(flags);
    const fd = this.#open('recv');
    // As CPython: where nothing is wanted nothing is waited for.
    if (size === 0) return 0;
    return check(native.recv(fd, buffer, offset, size, bits, this.#wait()), 'recv');
  }

  #accepted(fd: number, address: NativeAddress, timeout: number | null): [Socket, Address] {
    const socket = new Socket(this.family, this.type, this.proto, fd, TRUSTED, timeout);
    return [socket, fromNative(address) ?? ''];
  }

  /** A new socket's timeout; a blocking fd is what it has already. */
  #adoptTimeout(timeout: number | null): void {
    this.#timeout = timeout;
    if (timeout !== null) this.#setBlocking(false);
  }

  #setBlocking(blocking: boolean): void {
    check(native.setBlocking(this.#open('fcntl'), blocking ? 1 : 0), 'fcntl');
  }
}

/**
 * A new socket, or one on a file descriptor that exists; socket(2).
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.socket
 *
 * @param family - AF_INET by default
 * @param type - SOCK_STREAM by default; with SOCK_NONBLOCK added, the timeout is 0
 * @param proto - 0 is the family's usual one
 * @param fd - taken over: the socket closes it. The other arguments, where undefined, are then
 *   what the kernel says
 * @throws OSError such as `EAFNOSUPPORT`, `EMFILE`; for an fd `EBADF`, `ENOTSOCK`
 * @throws RangeError where the fd is negative
 */
export function socket(family?: number, type?: number, proto?: number, fd?: number): Socket {
  return new Socket(family, type, proto, fd);
}

/**
 * Two sockets that are connected with each other; socketpair(2).
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.socketpair
 * @throws OSError `EOPNOTSUPP` (Node's name for it is `ENOTSUP`) for families other than AF_UNIX
 */
export function socketpair(family = AF_UNIX, type = SOCK_STREAM, proto = 0): [Socket, Socket] {
  integer('family', family, 0, INT_MAX);
  integer('type', type, 0, INT_MAX);
  integer('proto', proto, 0, INT_MAX);
  const timeout = isNonBlocking(type) ? 0 : defaultTimeout;
  const fds: number[] = [];
  check(native.socketpair(family, type, proto, fds), 'socketpair');
  if (timeout !== null) for (const fd of fds) check(native.setBlocking(fd, 0), 'fcntl');
  return fds.map((fd) => new Socket(family, withoutFlags(type), proto, fd, TRUSTED, timeout)) as [
    Socket,
    Socket,
  ];
}

function optional(name: string, value: number | undefined): number | undefined {
  return value === undefined ? undefined : integer(name, value, 0, INT_MAX);
}

function withoutFlags(type: number): number {
  return type & ~((SOCK_NONBLOCK ?? 0) | (SOCK_CLOEXEC ?? 0));
}

function isNonBlocking(type: number): boolean {
  return (type & (SOCK_NONBLOCK ?? 0)) !== 0;
}

/** Refuses what is no socket, as CPython does even where the caller names family and type. */
function checkSocket(fd: number): void {
  const result = native.getsockname(fd, []);
  if (result === -EBADF || result === -ENOTSOCK) check(result, 'getsockname');
}

function familyOf(fd: number): number {
  if (SO_DOMAIN !== undefined) return intOption(fd, SOL_SOCKET, SO_DOMAIN);
  const address: number[] = [];
  check(native.getsockname(fd, address as unknown as NativeAddress), 'getsockname');
  return address[0] ?? AF_UNIX;
}

function protocolOf(fd: number): number {
  return SO_PROTOCOL === undefined ? 0 : intOption(fd, SOL_SOCKET, SO_PROTOCOL);
}

function intOption(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  check(native.getsockopt(fd, level, name, new Uint8Array(value.buffer)), 'getsockopt');
  return value[0] as number;
}

function optionBytes(value: unknown): Uint8Array {
  if (typeof value === 'boolean' || typeof value === 'number') {
    const number = integer('value', Number(value), -INT_MAX - 1, UINT_MAX);
    return new Uint8Array(Int32Array.of(number).buffer);
  }
  return toBytes('value', value);
}

/** Checks how many bytes a buffer is to take; 0 is all that it holds. */
function sizeWithin(bytes: Uint8Array, size: number): number {
  const limit = integer('size', size, 0, INT_MAX);
  if (limit <= bytes.length) return limit;
  throw rangeError('size', `at most the buffer's ${bytes.length} bytes`, size);
}

/** Memory that is detached or shrinks while a call waits would be sent as fewer bytes, or none. */
function checkUnchanged(bytes: Uint8Array, length: number, data: unknown): void {
  if (bytes.length !== length) throw rangeError('data', `still ${length} bytes long`, data);
}

function iterable<T>(name: string, value: Iterable<T>): Iterable<T> {
  const isList = typeof value === 'object' && value !== null && Symbol.iterator in value;
  if (isList && !ArrayBuffer.isView(value)) return value;
  throw typeError(name, 'an array of buffers', value);
}

function flagBits(flags: number): number {
  return integer('flags', flags, -INT_MAX - 1, INT_MAX);
}

function wouldBlock(result: number): boolean {
  return result === -EAGAIN || result === -EWOULDBLOCK;
}

/** What was received, in memory that is not used again and that is not much larger. */
function ownBytes(buffer: Buffer, size: number): Buffer {
  return buffer.length > SCRATCH_SIZE && size > buffer.length / 2
    ? buffer.subarray(0, size)
    : Buffer.from(buffer.subarray(0, size));
}
