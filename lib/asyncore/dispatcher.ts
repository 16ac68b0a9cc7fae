/** `Dispatcher`: a channel with a socket, the base class of asyncore programs. */
import { errnoNumber } from '../native/index.js';
import {
  type Address,
  AF_INET,
  formatAddress,
  MSG_DONTWAIT,
  MSG_OOB,
  SO_ERROR,
  SO_REUSEADDR,
  SOCK_STREAM,
  SOL_SOCKET,
  Socket,
} from '../socket/internal.js';
import {
  acceptConnections,
  BACKLOG,
  endRests,
  MAX_ACCEPTS,
  type OutputBuffer,
} from '../stream/index.js';
import { hasNoRoom, setNoDelay } from '../stream/internal.js';
import { type BytesLike, OSError, toBytes } from '../values/index.js';
import { BaseChannel, logThrown, noSocket } from './base.js';
import type { ChannelMap } from './channel.js';
import { hasCode, isDisconnected } from './errors.js';
import { ExitNow } from './exit-now.js';
import { rest } from './rest.js';
import { implementSending } from './sending.js';
import { receiveShared } from './shared-input.js';

const EALREADY = errnoNumber('EALREADY');
const EINPROGRESS = errnoNumber('EINPROGRESS');
const EISCONN = errnoNumber('EISCONN');

/** Sockets that were accepted: one without a peer is lost. Any other one may be connected yet. */
const accepted = new WeakSet<Socket>();

/**
 * A socket in a map, with a handler for each event; `loop` calls the handlers. Extend the class and
 * override the handlers that you need.
 *
 * @example
 * class EchoHandler extends Dispatcher {
 *   handleRead() { const data = this.recv(8192); if (data.length > 0) this.send(data); }
 * }
 * class EchoServer extends Dispatcher {
 *   handleAccepted(socket) { new EchoHandler(socket); }
 * }
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.dispatcher
 * @platform POSIX
 */
export class Dispatcher extends BaseChannel {
  /** Whether it is connected. Default: false. */
  connected = false;
  /** Whether it listens. Default: false. */
  accepting = false;
  /** Whether a connection is being established. Default: false. */
  connecting = false;
  /**
   * Whether {@link accept} and {@link connect} set TCP_NODELAY, so that the kernel sends small pieces
   * at once. Default: true.
   */
  noDelay = true;
  /**
   * Whether {@link recv} returns memory that is overwritten by the next `recv` of any such channel, and
   * by the next input of a connection of `fdselect/loop` in this thread. Then a channel that uses its
   * input at once, or copies what it keeps, is much quicker. Sizes above 64 KiB are not affected, nor
   * are files. Default: false: the program may keep the bytes.
   */
  reusesInput = false;
  /** The address of the peer; for a listener, its own address. Null before there is one. */
  addr: Address | null = null;
  /** The arguments of {@link createSocket}; null before it was called. */
  familyAndType: [family: number, type: number] | null = null;
  /** Whether the kernel has not taken all of the last data. */
  #isFull = false;
  /** The new connection, while an error of `handleAccepted` is handled. */
  #newcomer: [socket: Socket, addr: Address] | null = null;

  static {
    implementSending({
      now: (channel, bytes, size) => channel.#sendNow(bytes, size),
      isFull: (channel) => channel.#isFull,
    });
  }

  /**
   * @param sock - a socket, connected or not; it becomes non-blocking. Default: none
   * @param map - the map in which it is while it is open; default: `socketMap`
   * @throws OSError `EBADF` for a socket that is closed; TypeError for a map that is not a Map
   */
  constructor(sock?: Socket | null, map?: ChannelMap<Dispatcher> | null) {
    super(map);
    if (sock === null || sock === undefined) return;
    sock.setblocking(false);
    this.setSocket(sock);
    try {
      this.addr = sock.getpeername();
      this.connected = true;
    } catch (error) {
      if (hasCode(error, 'ENOTCONN', 'EINVAL')) return;
      this.delChannel();
      throw error;
    }
  }

  /** `<EchoServer listening 127.0.0.1:8881>` */
  override toString(): string {
    const words = [this.constructor.name];
    if (this.accepting && this.addr !== null) words.push('listening');
    else if (this.connected) words.push('connected');
    const { addr } = this;
    if (Array.isArray(addr) && addr.length === 2) words.push(addr.join(':'));
    else if (addr !== null) words.push(formatAddress(addr));
    return `<${words.join(' ')}>`;
  }

  /**
   * Makes a new non-blocking socket, which replaces the current one; socket(2). The former one is not
   * closed.
   * @param family - the address family; default: AF_INET
   * @param type - the type of the socket; default: SOCK_STREAM
   * @throws OSError such as `EMFILE`, `EAFNOSUPPORT`; TypeError, RangeError for arguments that are not
   *   non-negative integers
   */
  createSocket(family: number = AF_INET, type: number = SOCK_STREAM): void {
    const sock = new Socket(family, type);
    this.familyAndType = [family, type];
    sock.setblocking(false);
    this.setSocket(sock);
  }

  /**
   * Sets SO_REUSEADDR, so that the address can be bound again as soon as the server has ended;
   * socket(7). An error of the system call is ignored, as in Python.
   * @throws Error `ERR_NO_SOCKET` before there is a socket
   */
  setReuseAddr(): void {
    const socket = this.#open();
    try {
      socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
    }
  }

  /**
   * Lets clients connect; listen(2).
   * @param backlog - how many connections may wait to be accepted. Default: 4096; the kernel limits
   *   it to its SOMAXCONN
   * @throws OSError such as `EADDRINUSE`, `ENOTSUP` for a datagram socket; TypeError, RangeError for a
   *   backlog that is not an integer; Error `ERR_NO_SOCKET` before there is a socket
   */
  listen(backlog = BACKLOG): void {
    this.#open().listen(backlog);
    this.accepting = true;
    this.changed();
  }

  /**
   * Binds the socket to an address; bind(2). A host name is looked up at once, which blocks.
   * @param address - for TCP [host, port]; see `fdselect/socket`
   * @throws OSError such as `EADDRINUSE`, `EACCES`, or the `EAI_…` of a failed look-up; TypeError,
   *   RangeError for a bad address; Error `ERR_NO_SOCKET` before there is a socket
   */
  bind(address: Address): void {
    this.#open().bind(address);
    this.addr = address;
  }

  /**
   * Connects; connect(2). {@link handleConnect} is called when the connection is established,
   * {@link handleError} if it fails. A host name is looked up at once, which blocks.
   * @param address - for TCP [host, port]; see `fdselect/socket`
   * @throws OSError if it fails at once, such as `ENETUNREACH`, or the `EAI_…` of a failed look-up;
   *   TypeError, RangeError for a bad address; Error `ERR_NO_SOCKET` before there is a socket
   */
  connect(address: Address): void {
    const socket = this.#open();
    this.connected = false;
    this.connecting = false;
    if (this.noDelay && socket.type === SOCK_STREAM) setNoDelay(socket);
    const errno = Math.abs(socket.connectEx(address));
    const isUnderWay = errno === EINPROGRESS || errno === EALREADY;
    if (!isUnderWay && errno !== 0 && errno !== EISCONN) throw new OSError(errno, 'connect');
    this.addr = address;
    this.connecting = true;
    this.changed();
    if (!isUnderWay) this.handleConnectEvent();
  }

  /**
   * Accepts a connection; accept(2).
   *
   * If no file descriptor is left, the connections stay in the kernel's queue, and the listener is not
   * watched until one is closed, or for a second. An error that accept(2) reports for a connection
   * loses only that connection.
   * @returns a non-blocking socket and the peer's address; null: no connection waits
   * @throws OSError for an error of the listener itself, such as `EINVAL`; Error `ERR_NO_SOCKET` before
   *   there is a socket
   */
  accept(): [Socket, Address] | null {
    let last: OSError | undefined;
    for (let tries = 0; tries < MAX_ACCEPTS && (last === undefined || !hasNoRoom(last)); tries++) {
      const { connections, error } = acceptConnections(this.#open(), 1, { noDelay: this.noDelay });
      if (error === undefined) {
        const [pair] = connections;
        if (pair !== undefined) accepted.add(pair[0]);
        return pair ?? null;
      }
      last = error;
    }
    this.logInfo(`no connection can be accepted: ${last?.message}`, 'warning');
    rest(this);
    return null;
  }

  /**
   * Sends as much as the kernel takes at once; send(2). If the connection is over, calls
   * {@link handleClose}.
   * @param data - not a string
   * @returns how many bytes were sent; 0 if the kernel takes none, or if the connection is over
   * @throws OSError for other errors; TypeError for data that is not bytes; Error `ERR_NO_SOCKET` before
   *   there is a socket
   */
  send(data: BytesLike): number {
    const bytes = toBytes('data', data);
    return this.#sendNow(bytes, bytes.length) ?? 0;
  }

  /**
   * Receives the data that has arrived; recv(2). If the connection is over, calls {@link handleClose}.
   * @param size - the most bytes to receive
   * @returns the bytes; empty if the connection is over. See {@link reusesInput}
   * @throws OSError `EAGAIN` if there are none yet, and others; TypeError, RangeError for a bad size;
   *   Error `ERR_NO_SOCKET` before there is a socket
   */
  recv(size: number): Buffer {
    const socket = this.#open();
    try {
      const isShared = this.reusesInput && socket instanceof Socket;
      const data = isShared ? receiveShared(socket, size) : socket.recv(size);
      if (data.length > 0 || size === 0) return data;
    } catch (error) {
      this.#closeIfDisconnected(error);
      return Buffer.alloc(0);
    }
    this.handleClose();
    return Buffer.alloc(0);
  }

  /**
   * Closes the socket at once and leaves the map; close(2). Unsent data of a subclass is lost.
   * Idempotent.
   * @throws OSError such as `EIO`, of close(2); not `EBADF`
   */
  close(): void {
    this.connected = false;
    this.accepting = false;
    this.connecting = false;
    this.delChannel();
    try {
      this.socket?.close();
    } catch (error) {
      if (!hasCode(error, 'ENOTCONN', 'EBADF')) throw error;
    }
    endRests(); // an fd is free: listeners that found none may continue
  }

  /** Calls {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Readable: calls {@link handleAccept}, {@link handleConnectEvent} or {@link handleRead}.
   * @throws any error of these; a loop passes it to {@link handleError}
   */
  handleReadEvent(): void {
    if (this.accepting) {
      this.handleAccept();
      return;
    }
    if (this.#isConnectionSettled()) this.handleRead();
  }

  /**
   * Writable: calls {@link handleConnectEvent} or {@link handleWrite}; {@link handleClose} if the
   * client has reset the connection before it was accepted.
   * @throws any error of these; a loop passes it to {@link handleError}
   */
  handleWriteEvent(): void {
    if (this.accepting) return;
    this.#isFull = false;
    if (!this.connected && !this.connecting && this.#isLost()) this.handleClose();
    else if (this.#isConnectionSettled()) this.handleWrite();
  }

  /**
   * The end of connect(2): calls {@link handleConnect}.
   * @throws OSError if connecting has failed, such as `ECONNREFUSED`; any error of `handleConnect`
   */
  handleConnectEvent(): void {
    const errno = this.#error();
    if (errno !== 0) {
      // The kernel reports an error only once.
      this.connecting = false;
      throw new OSError(errno, 'connect');
    }
    const { socket } = this;
    this.handleConnect();
    // The handler may have closed the socket, or started another connection.
    if (this.socket !== socket || !this.connecting) return;
    this.connected = true;
    this.connecting = false;
  }

  /**
   * Exceptional condition: calls {@link handleClose} for an error, otherwise {@link handleExpt}.
   * @throws any error of these; a loop passes it to {@link handleError}
   */
  handleExptEvent(): void {
    if (this.#error() === 0) this.handleExpt();
    else this.handleClose();
  }

  /**
   * Called with an error that another handler has thrown, or with the error of connecting. Default:
   * logs it and calls {@link handleClose}. An error of `handleAccepted` closes only the new
   * connection, not the listener. If it throws, a loop prints that error to stderr and closes the
   * channel.
   * @param error - what the handler has thrown; need not be an Error
   */
  handleError(error: unknown): void {
    if (this.#newcomer === null) {
      logThrown(this, error, this);
      this.handleClose();
    } else logThrown(this, error, `<connection from ${formatAddress(this.#newcomer[1])}>`);
  }

  /** Called when there is out-of-band data: `socket.recv(1, MSG_OOB)`. Default: discards it. */
  handleExpt(): void {
    this.logInfo('unhandled incoming priority event', 'warning');
    if (!(this.socket instanceof Socket)) return;
    try {
      // Each wait reports the byte until it is received.
      this.socket.recv(1, MSG_OOB | MSG_DONTWAIT);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
    }
  }

  /**
   * Called when there are new connections. Default: accepts up to 64 of them and calls
   * {@link handleAccepted} for each, while it listens and is {@link readable}.
   * @throws OSError for an error of the listener itself; `ExitNow` of `handleAccepted`
   */
  handleAccept(): void {
    const { socket } = this;
    for (let taken = 0; taken < MAX_ACCEPTS; taken++) {
      const pair = this.accept();
      if (pair === null) return;
      try {
        this.handleAccepted(...pair);
      } catch (error) {
        if (error instanceof ExitNow) throw error;
        this.#loseNewcomer(pair, error);
      }
      if (!this.accepting || this.socket !== socket || !this.readable()) return;
    }
  }

  /**
   * Called with a new connection. Default: closes it.
   * @param sock - non-blocking; make a channel of it, or close it
   * @param _addr - the client's address
   */
  handleAccepted(sock: Socket, _addr: Address): void {
    sock.close();
    this.logInfo('unhandled accepted event', 'warning');
  }

  /** Called when the connection is over. Default: logs a warning and calls {@link close}. */
  handleClose(): void {
    this.logInfo('unhandled close event', 'warning');
    this.close();
  }

  /** Implements `now` of `sending`. */
  #sendNow(bytes: Uint8Array, size: number): number | null {
    const socket = this.#open();
    try {
      const sent = socket.trySend(bytes, 0, size) ?? 0;
      this.#isFull = sent < size;
      return sent;
    } catch (error) {
      this.#closeIfDisconnected(error);
      return null;
    }
  }

  /**
   * For subclasses: sends from a buffer as much as the kernel takes. If the connection is over, drops
   * the rest and calls {@link handleClose}.
   * @param buffer - the bytes that were sent are removed from it
   * @param max - the most bytes to send
   * @throws OSError for other errors
   */
  protected sendFrom(buffer: OutputBuffer, max: number): void {
    const socket = this.#open();
    try {
      const size = Math.min(buffer.size, max);
      this.#isFull = buffer.sendTo(socket, max) < size;
    } catch (error) {
      buffer.clear();
      this.#closeIfDisconnected(error);
    }
  }

  /** False while a connection is being established. */
  #isConnectionSettled(): boolean {
    if (this.connected || !this.connecting) return true;
    this.handleConnectEvent();
    return this.connected;
  }

  /**
   * Whether the client reset the connection before it was accepted. Then the only event is that the
   * socket is writable.
   */
  #isLost(): boolean {
    const { socket } = this;
    if (!(socket instanceof Socket) || socket.type !== SOCK_STREAM) return false;
    if (this.#error() !== 0) return true;
    try {
      this.addr = socket.getpeername();
      this.connected = true; // by a connect() outside of this channel
    } catch (error) {
      if (!hasCode(error, 'ENOTCONN', 'EINVAL')) throw error;
      return accepted.has(socket);
    }
    return false;
  }

  /** Closes a new connection. If it has a channel already, the loop calls its `handleClose`. */
  #loseNewcomer(pair: [Socket, Address], error: unknown): void {
    this.#newcomer = pair;
    try {
      this.handleError(error);
    } finally {
      this.#newcomer = null;
      pair[0].close();
    }
  }

  #open(): Socket {
    if (this.socket === null) throw noSocket(this);
    return this.socket;
  }

  /** SO_ERROR: the pending error of the socket, which reading clears. */
  #error(): number {
    return this.#open().getsockopt(SOL_SOCKET, SO_ERROR);
  }

  #closeIfDisconnected(error: unknown): void {
    if (!isDisconnected(error)) throw error;
    this.handleClose();
  }
}
