/** A socket that tells what happens to it: the class that everything here extends. */
import { constants } from 'node:os';
import { acceptConnections, type OutputBuffer } from '../loop/index.js';
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
import type { BytesLike } from '../values/index.js';
import { OSError } from '../values/index.js';
import { declareQuiet } from './answers.js';
import type { ChannelMap } from './channel-loop.js';
import { describeThrown, hasCode, isDisconnected } from './errors.js';
import { ExitNow } from './exit-now.js';
import { checkMap, socketMap } from './map.js';
import { rest } from './rest.js';
import { loopsOver, type Running } from './running.js';

const { EALREADY, EINPROGRESS, EISCONN } = constants.errno;

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
export class Dispatcher {
  /** Whether subclasses say more to the log. Default false. */
  debug = false;
  /** There is a connection. */
  connected = false;
  /** It listens. */
  accepting = false;
  /** A connection is on its way. */
  connecting = false;
  /** For subclasses; nothing here sets it. */
  closing = false;
  /** The address of the peer; of a listener, the one that it was bound to. */
  addr: Address | null = null;
  /**
   * Whether {@link readable} and {@link writable} change their answers only in handlers of this
   * channel and with a call of {@link changed}. Then a loop does not ask it before each wait, which
   * costs time for each channel that there is. Default false; it makes no difference to a class
   * that overrides neither of them.
   */
  announcesChanges = false;
  /** What {@link createSocket} was told. */
  familyAndType: [family: number, type: number] | null = null;
  /** What {@link logInfo} does not print. Default: 'warning'. */
  ignoreLogTypes: ReadonlySet<string> = new Set(['warning']);
  /** Null before there is one. It is not taken away by {@link close}. */
  socket: Socket | null = null;
  static {
    declareQuiet(Dispatcher.prototype.readable, Dispatcher.prototype.writable);
  }

  readonly #map: ChannelMap<Dispatcher>;
  /** The loops over the map. */
  readonly #loops: Running[];
  /** Under which it is in the map. */
  #fd: number | null = null;
  /** The connection that `handleAccepted` has failed to take. */
  #newcomer: [socket: Socket, addr: Address] | null = null;

  /**
   * @param sock - a socket, connected or not, which becomes non-blocking; default: none yet
   * @param map - the map that it is in while it is open; default {@link socketMap}
   * @throws OSError for a socket that is closed; TypeError for a map that is none
   */
  constructor(sock?: Socket | null, map?: ChannelMap<Dispatcher> | null) {
    this.#map = checkMap(map) ?? socketMap;
    this.#loops = loopsOver(this.#map);
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
  toString(): string {
    const words = [this.constructor.name];
    if (this.accepting && this.addr !== null) words.push('listening');
    else if (this.connected) words.push('connected');
    const { addr } = this;
    if (Array.isArray(addr) && addr.length === 2) words.push(addr.join(':'));
    else if (addr !== null) words.push(formatAddress(addr));
    return `<${words.join(' ')}>`;
  }

  /** The file descriptor under which it is in its map; -1 where it is in none. */
  fileno(): number {
    return this.#fd ?? -1;
  }

  /** Puts it into its map, or into another one. */
  addChannel(map: ChannelMap<Dispatcher> = this.#map): void {
    if (this.#fd === null) throw noSocket(this);
    map.set(this.#fd, this);
    for (const loop of this.#loopsOver(map)) loop.changed(this.#fd);
  }

  /** Takes it out of its map, or out of another one: it is told nothing more. */
  delChannel(map: ChannelMap<Dispatcher> = this.#map): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd === null || map.get(fd) !== this) return;
    map.delete(fd);
    // Before the file is closed: its number may soon belong to another one.
    for (const loop of this.#loopsOver(map)) loop.forget(fd);
  }

  /**
   * Has a `loopAsync` that waits ask {@link readable} and {@link writable} again. To be called when
   * their answers have changed outside of a handler, in a timer for example; the methods of this
   * package do it themselves.
   */
  changed(): void {
    if (this.#fd === null) return;
    for (const loop of this.#loops) loop.changed(this.#fd);
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

  /** Takes a socket, which has to be non-blocking, in place of the one there is. */
  setSocket(sock: Socket, map: ChannelMap<Dispatcher> = this.#map): void {
    this.delChannel(map);
    this.socket = sock;
    this.#fd = sock.fileno();
    this.addChannel(map);
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

  /** Whether to be told when it is readable; asked before each wait. Default true. */
  readable(): boolean {
    return true;
  }

  /** Whether to be told when it is writable; asked before each wait. Default true. */
  writable(): boolean {
    return true;
  }

  /**
   * Lets clients connect; listen(2).
   * @param backlog - how many connections may wait to be accepted
   */
  listen(backlog = 128): void {
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
   * Connects; {@link handleConnect} is called when the connection is there, {@link handleError} when
   * it has failed. A host name is looked up at once, which may take its time.
   * @throws OSError for what is wrong at once, such as `ENETUNREACH`
   */
  connect(address: Address): void {
    const socket = this.#open();
    this.connected = false;
    this.connecting = false;
    const errno = Math.abs(socket.connectEx(address));
    const isUnderWay = errno === EINPROGRESS || errno === EALREADY;
    if (!isUnderWay && errno !== 0 && errno !== EISCONN) throw new OSError(errno, 'connect');
    this.addr = address;
    this.connecting = true;
    this.changed();
    if (!isUnderWay) this.handleConnectEvent();
  }

  /**
   * Takes a waiting connection.
   *
   * With no file descriptor left there is none to take: the listener is not watched for a second
   * then, and who waits goes on waiting.
   * @returns a non-blocking socket and the peer's address; null: nobody waits any more
   */
  accept(): [Socket, Address] | null {
    const { connections, isFull } = acceptConnections(this.#open(), 1);
    if (isFull) {
      this.logInfo('no file descriptor is left for a connection', 'warning');
      rest(this);
    }
    return connections[0] ?? null;
  }

  /**
   * Sends what the kernel takes at once. A connection that is over gets {@link handleClose}.
   * @returns how many bytes that were; 0 where it takes none
   * @throws OSError for other errors; TypeError for what is no bytes
   */
  send(data: BytesLike): number {
    const socket = this.#open();
    try {
      return socket.send(data);
    } catch (error) {
      if (!hasCode(error, 'EAGAIN')) this.#closeIfDisconnected(error);
      return 0;
    }
  }

  /**
   * Receives what is there. A connection that is over gets {@link handleClose}.
   * @param size - at most this many bytes
   * @returns the bytes; none where the connection is over
   * @throws OSError `EAGAIN` where there are none yet, and others
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
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Prints `log: MESSAGE` to stderr. To be overridden by who wants it elsewhere. */
  log(message: unknown): void {
    process.stderr.write(`log: ${message}\n`);
  }

  /** Prints `TYPE: MESSAGE` to stdout, unless {@link ignoreLogTypes} has the type. */
  logInfo(message: unknown, type = 'info'): void {
    if (!this.ignoreLogTypes.has(type)) process.stdout.write(`${type}: ${message}\n`);
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
    if (this.#isConnectionSettled()) this.handleWrite();
  }

  /** An attempt to connect is over: {@link handleConnect}. @throws OSError where it has failed */
  handleConnectEvent(): void {
    const errno = this.#error();
    if (errno !== 0) {
      // The kernel tells an error once: asked again, it would speak of success.
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
   * Something was thrown: by another handler, or because a connection could not be made. Prints what
   * and where, and calls {@link handleClose}. What `handleAccepted` has thrown costs the new
   * connection only, not the listener.
   */
  handleError(error: unknown): void {
    const newcomer = this.#newcomer;
    const lost = newcomer === null ? this : `<connection from ${formatAddress(newcomer[1])}>`;
    const text = `closing channel ${shown(lost)} (${describeThrown(error)})`;
    this.logInfo(`uncaptured exception, ${text}`, 'error');
    if (newcomer === null) this.handleClose();
  }

  /** There is out-of-band data: `socket.recv(1, MSG_OOB)`. Throws it away. */
  handleExpt(): void {
    this.logInfo('unhandled incoming priority event', 'warning');
    if (!(this.socket instanceof Socket)) return;
    try {
      // For as long as it is there, there is an event for it.
      this.socket.recv(1, MSG_OOB | MSG_DONTWAIT);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
    }
  }

  /** There is something to read, or the end of it. Does nothing. */
  handleRead(): void {
    this.logInfo('unhandled read event', 'warning');
  }

  /** The kernel takes something to send. Does nothing. */
  handleWrite(): void {
    this.logInfo('unhandled write event', 'warning');
  }

  /** The connection is there. Does nothing. */
  handleConnect(): void {
    this.logInfo('unhandled connect event', 'warning');
  }

  /** Somebody has connected. Accepts, and calls {@link handleAccepted}. */
  handleAccept(): void {
    const pair = this.accept();
    if (pair === null) return;
    try {
      this.handleAccepted(...pair);
    } catch (error) {
      if (error instanceof ExitNow) throw error;
      this.#loseNewcomer(pair, error);
    }
  }

  /** There is a new connection. Closes it. */
  handleAccepted(sock: Socket, _addr: Address): void {
    sock.close();
    this.logInfo('unhandled accepted event', 'warning');
  }

  /** The connection is over. Calls {@link close}. */
  handleClose(): void {
    this.logInfo('unhandled close event', 'warning');
    this.close();
  }

  /**
   * Sends from a buffer what the kernel takes, for subclasses. What is left when the connection is
   * over can be sent to nobody: it is dropped, and {@link handleClose} is called.
   * @param max - bytes, at the most
   * @throws OSError for other errors
   */
  protected sendFrom(buffer: OutputBuffer, max: number): void {
    const socket = this.#open();
    try {
      buffer.sendTo(socket, max);
    } catch (error) {
      buffer.clear();
      this.#closeIfDisconnected(error);
    }
  }

  /** Whether it is not, or no longer, on its way to a connection. */
  #isConnectionSettled(): boolean {
    if (this.connected || !this.connecting) return true;
    this.handleConnectEvent();
    return this.connected;
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

  #loopsOver(map: ChannelMap<Dispatcher>): Running[] {
    return map === this.#map ? this.#loops : loopsOver(map);
  }

  #open(): Socket {
    if (this.socket === null) throw noSocket(this);
    return this.socket;
  }

  /** The error that has happened to the socket in the background; the kernel forgets it then. */
  #error(): number {
    return this.#open().getsockopt(SOL_SOCKET, SO_ERROR);
  }

  #closeIfDisconnected(error: unknown): void {
    if (!isDisconnected(error)) throw error;
    this.handleClose();
  }
}

function noSocket(dispatcher: Dispatcher): Error {
  const text = `${shown(dispatcher)} has no socket: createSocket() makes one`;
  return Object.assign(new Error(text), { code: 'ERR_NO_SOCKET' });
}

/** A dispatcher's own toString may fail, and must not take the error with it that is to be told. */
function shown(dispatcher: Dispatcher | string): string {
  try {
    return String(dispatcher);
  } catch {
    return `<${dispatcher.constructor.name}, whose toString() fails>`;
  }
}
