/** A channel with a socket: the class that everything here extends. */
import { constants } from 'node:os';
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
} from '../socket/index.js';
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

const { EALREADY, EINPROGRESS, EISCONN } = constants.errno;

/** What the sending classes of this package need; not methods, whose names a user's class may have. */
interface Sending {
  /**
   * Sends the first bytes at once.
   * @returns how many bytes the kernel has taken; null: the connection is over, and `handleClose` was
   *   called
   * @throws OSError for other errors
   */
  now(channel: Dispatcher, bytes: Uint8Array, size: number): number | null;
  /** Whether to wait for the socket to be writable: the kernel has not taken all of the last data. */
  isFull(channel: Dispatcher): boolean;
}

export let sending: Sending;

/**
 * A socket in a map, with a handler for each event; `loop` calls them. Extend it and override the
 * handlers; those that are not overridden do what their description says.
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
  /** There is a connection. */
  connected = false;
  /** It listens. */
  accepting = false;
  /** A connection is being established. */
  connecting = false;
  /**
   * Whether {@link accept} and {@link connect} set TCP_NODELAY, so that the kernel sends small pieces
   * at once. Default true.
   */
  noDelay = true;
  /** The address of the peer; of a listener, the one that it was bound to. */
  addr: Address | null = null;
  /** The arguments of {@link createSocket}. */
  familyAndType: [family: number, type: number] | null = null;
  /** The kernel has not taken all of the last data. */
  #isFull = false;
  /** The connection that `handleAccepted` has failed to take. */
  #newcomer: [socket: Socket, addr: Address] | null = null;

  static {
    sending = {
      now: (channel, bytes, size) => channel.#sendNow(bytes, size),
      isFull: (channel) => channel.#isFull,
    };
  }

  /**
   * @param sock - a socket, connected or not, which becomes non-blocking; default: none yet
   * @param map - the map that it is in while it is open; default {@link socketMap}
   * @throws OSError for a socket that is closed; TypeError for a map that is not a Map
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
   * A new socket, non-blocking, in place of the one there is.
   * @throws OSError such as `EMFILE`
   */
  createSocket(family: number = AF_INET, type: number = SOCK_STREAM): void {
    const sock = new Socket(family, type);
    this.familyAndType = [family, type];
    sock.setblocking(false);
    this.setSocket(sock);
  }

  /** Lets the address be bound again at once when the server has ended, where that is possible. */
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
   * @param backlog - how many connections may wait to be accepted. Default 4096, of which the kernel
   *   takes as many as its SOMAXCONN allows
   */
  listen(backlog = BACKLOG): void {
    this.#open().listen(backlog);
    this.accepting = true;
    this.changed();
  }

  /** Gives the socket an address; bind(2). */
  bind(address: Address): void {
    this.#open().bind(address);
    this.addr = address;
  }

  /**
   * Connects; {@link handleConnect} is called when the connection is established, {@link handleError}
   * when it has failed. A host name is looked up at once, which blocks.
   * @throws OSError for what is wrong at once, such as `ENETUNREACH`
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
   * Accepts a connection that waits.
   *
   * With no file descriptor left there is nothing to accept: the listener is not watched then until
   * one is closed, or for a second. The connections stay in the kernel's queue. An error that
   * accept(2) reports for a connection loses that connection only.
   * @returns a non-blocking socket and the peer's address; null: no connection waits
   * @throws OSError for an error of the listener itself, such as `EINVAL`
   */
  accept(): [Socket, Address] | null {
    let last: OSError | undefined;
    for (let tries = 0; tries < MAX_ACCEPTS && (last === undefined || !hasNoRoom(last)); tries++) {
      const { connections, error } = acceptConnections(this.#open(), 1, { noDelay: this.noDelay });
      if (error === undefined) return connections[0] ?? null;
      last = error;
    }
    this.logInfo(`no connection can be accepted: ${last?.message}`, 'warning');
    rest(this);
    return null;
  }

  /**
   * Sends what the kernel takes at once. A connection that is over gets {@link handleClose}.
   * @returns how many bytes that were; 0 where it takes none
   * @throws OSError for other errors; TypeError for data that is not bytes
   */
  send(data: BytesLike): number {
    const bytes = toBytes('data', data);
    return this.#sendNow(bytes, bytes.length) ?? 0;
  }

  /**
   * Receives what is there. A connection that is over gets {@link handleClose}.
   * @param size - at most this many bytes
   * @returns the bytes; none where the connection is over
   * @throws OSError `EAGAIN` if there are none yet, and others
   */
  recv(size: number): Buffer {
    const socket = this.#open();
    try {
      const data = socket.recv(size);
      if (data.length > 0 || size === 0) return data;
    } catch (error) {
      this.#closeIfDisconnected(error);
      return Buffer.alloc(0);
    }
    this.handleClose();
    return Buffer.alloc(0);
  }

  /** Closes the socket at once and leaves the map. Idempotent. */
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
    endRests(); // a file descriptor is free: listeners that have found none go on
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** It is readable: {@link handleAccept}, {@link handleConnectEvent}, {@link handleRead}. */
  handleReadEvent(): void {
    if (this.accepting) {
      this.handleAccept();
      return;
    }
    if (this.#isConnectionSettled()) this.handleRead();
  }

  /** It is writable: {@link handleConnectEvent}, {@link handleWrite}. */
  handleWriteEvent(): void {
    if (this.accepting) return;
    this.#isFull = false;
    if (!this.connected && !this.connecting && this.#isLost()) this.handleClose();
    else if (this.#isConnectionSettled()) this.handleWrite();
  }

  /** An attempt to connect is over: {@link handleConnect}. @throws OSError where it has failed */
  handleConnectEvent(): void {
    const errno = this.#error();
    if (errno !== 0) {
      // The kernel reports an error once: the next time it would report success.
      this.connecting = false;
      throw new OSError(errno, 'connect');
    }
    const { socket } = this;
    this.handleConnect();
    // It may have closed it, or have begun anew.
    if (this.socket !== socket || !this.connecting) return;
    this.connected = true;
    this.connecting = false;
  }

  /** An exceptional condition: {@link handleClose} for an error, else {@link handleExpt}. */
  handleExptEvent(): void {
    if (this.#error() === 0) this.handleExpt();
    else this.handleClose();
  }

  /**
   * Something was thrown: by another handler, or because a connection could not be made. Logs what
   * and where, and calls {@link handleClose}. What `handleAccepted` has thrown costs the new
   * connection only, not the listener.
   */
  handleError(error: unknown): void {
    if (this.#newcomer === null) {
      logThrown(this, error, this);
      this.handleClose();
    } else logThrown(this, error, `<connection from ${formatAddress(this.#newcomer[1])}>`);
  }

  /** There is out-of-band data: `socket.recv(1, MSG_OOB)`. Default: discards it. */
  handleExpt(): void {
    this.logInfo('unhandled incoming priority event', 'warning');
    if (!(this.socket instanceof Socket)) return;
    try {
      // As long as it is there, each wait reports it.
      this.socket.recv(1, MSG_OOB | MSG_DONTWAIT);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
    }
  }

  /**
   * Connections wait. Accepts up to 64 of them and calls {@link handleAccepted} for each, as long as
   * it listens and is {@link readable}.
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

  /** A new connection was accepted. Default: closes it. */
  handleAccepted(sock: Socket, _addr: Address): void {
    sock.close();
    this.logInfo('unhandled accepted event', 'warning');
  }

  /** The connection is over. Default: calls {@link close}. */
  handleClose(): void {
    this.logInfo('unhandled close event', 'warning');
    this.close();
  }

  /** {@link sending}'s `now`. */
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
   * Sends from a buffer what the kernel takes, for subclasses. When the connection is over, the rest
   * is dropped, and {@link handleClose} is called.
   * @param max - bytes; sends no more than this
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
   * Whether the connection was lost before this channel got its socket: the client has reset it
   * before it was accepted. The only event for that is a socket that is writable.
   */
  #isLost(): boolean {
    const { socket } = this;
    if (!(socket instanceof Socket) || socket.type !== SOCK_STREAM) return false;
    if (this.#error() !== 0) return true;
    try {
      this.addr = socket.getpeername();
      this.connected = true; // by a connect() that was not this channel's
    } catch (error) {
      if (!hasCode(error, 'ENOTCONN', 'EINVAL')) throw error;
    }
    return false;
  }

  /** If there is a channel for it already, the loop finds its socket closed: `handleClose`. */
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

  /** The pending error of the socket; the kernel clears it. */
  #error(): number {
    return this.#open().getsockopt(SOL_SOCKET, SO_ERROR);
  }

  #closeIfDisconnected(error: unknown): void {
    if (!isDisconnected(error)) throw error;
    this.handleClose();
  }
}
