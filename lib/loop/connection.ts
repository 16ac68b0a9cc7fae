/** `Connection`: a connected socket in an event loop; the loop's events drive a Peer of stream. */
import { errnoNumber } from '../native/index.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { EVENT_EXCEPT } from '../selectors/internal.js';
import type { Address, Socket } from '../socket/index.js';
import { Peer } from '../stream/index.js';
import { borrow, type ConnectionOptions, giveBack, Limits, receive } from '../stream/internal.js';
import { type BytesLike, integer, OSError, showAs, toBytes } from '../values/index.js';
import { type Context, currentContext } from './context.js';
import { Ending } from './ending.js';
import type { EventLoop } from './event-loop.js';
import type { ConnectionHandlers } from './handlers.js';
import { checkSeconds } from './seconds.js';
import { receiveUrgent, sendUrgent } from './urgent.js';
import type { OwnerWatch, WatchOwner } from './watch.js';

const ECONNABORTED = errnoNumber('ECONNABORTED');
const ENOBUFS = errnoNumber('ENOBUFS');

/**
 * A connected socket. Written bytes are sent in order and as soon as possible; received bytes are
 * passed to the handlers, one chunk per turn. No handler is called within a method.
 *
 * A peer cannot make it use more memory than its limits: at the high-water mark nothing more is read
 * from the peer, and if more than `maxBuffer` bytes were unsent, the connection is lost.
 *
 * Mirrors Twisted's `ITransport`, with this package's policy for half-closed connections.
 * @platform POSIX
 */
export class Connection implements WatchOwner {
  /**
   * Stays open for writing after the peer's end of file. May be changed until `eof` has returned. Default:
   * as in the options, which is false.
   */
  allowHalfOpen: boolean;
  /** The AsyncLocalStorage context of the handlers. @internal */
  readonly context: Context = currentContext();
  /** Null before `start`, and after `lost` or, if that is later, `closed`. @internal */
  handlers: ConnectionHandlers | null = null;
  readonly #loop: EventLoop;
  readonly #stream: Peer;
  readonly #limits: Limits;
  #watch: OwnerWatch | null = null;
  /** Null while the connection is open: before `close` and before it is lost. */
  #ending: Ending | null = null;
  #isPaused = false;
  /** Whether `write` has returned false and `drain` was not called since. */
  #owesDrain = false;
  /** Whether bytes had to wait and `flushed` was not called since. */
  #owesFlushed = false;
  /** An out-of-band byte that the kernel has not taken yet. */
  #urgent: Buffer | null = null;
  #host: Address | null = null;

  /**
   * For `listen`, `connect` and frameworks.
   *
   * @param loop - that watches the socket
   * @param socket - connected; the connection makes it non-blocking, and closes it
   * @param peer - the peer's address
   * @param options - see {@link ConnectionOptions}
   * @throws RangeError, TypeError for options of the wrong type or out of range; OSError `EBADF` if the
   *   socket is closed; Error `ERR_CLOSED` if the loop is closed
   */
  constructor(loop: EventLoop, socket: Socket, peer: Address, options: ConnectionOptions = {}) {
    this.#limits = options instanceof Limits ? options : new Limits(options);
    this.allowHalfOpen = this.#limits.allowHalfOpen;
    this.#loop = loop;
    this.#stream = new Peer(socket, peer);
    if (socket.getblocking()) socket.setblocking(false); // accepted sockets are non-blocking already
    loop.own(this);
  }

  static {
    showAs(Connection.prototype, 'Connection', (connection) => ({
      fd: connection.fileno(),
      peer: connection.peer,
      pending: connection.pending,
    }));
  }

  /**
   * Starts reading and calling handlers; for `listen`, `connect` and frameworks.
   * @param handlers - may be shared by connections
   */
  start(handlers: ConnectionHandlers): void {
    this.handlers = handlers;
    this.update();
  }

  /** The peer's address, also after the connection has ended. */
  get peer(): Address {
    return this.#stream.address;
  }

  /**
   * The local address, also after the connection has ended.
   * @throws OSError `EBADF` if other code has closed the fd
   */
  get host(): Address {
    this.#host ??= this.#stream.socket.getsockname();
    return this.#host;
  }

  /** @returns the file descriptor; -1 after the socket was closed */
  fileno(): number {
    return this.#stream.fileno();
  }

  /**
   * Reads an option that is an integer; getsockopt(2).
   * @param level - such as IPPROTO_TCP
   * @param name - such as TCP_NODELAY
   * @returns its value
   * @throws OSError `EBADF` after the socket was closed, `ENOPROTOOPT`; TypeError, RangeError for bad
   *   arguments
   */
  getsockopt(level: number, name: number): number {
    return this.#stream.socket.getsockopt(level, name) as number;
  }

  /**
   * Sets an option that is an integer; setsockopt(2).
   * @param level - such as SOL_SOCKET
   * @param name - such as SO_KEEPALIVE
   * @param value - an integer or a boolean
   * @throws as {@link getsockopt}
   */
  setsockopt(level: number, name: number, value: number | boolean): void {
    this.#stream.socket.setsockopt(level, name, value);
  }

  /** How many bytes are unsent. */
  get pending(): number {
    return this.#stream.unsent;
  }

  /**
   * Sends bytes at once; the rest that the kernel does not take is copied and sent later. Does nothing
   * if the connection has ended or `end` was called, or for an empty array. An error, and more than
   * `maxBuffer` unsent bytes (ENOBUFS), end the connection: `lost` gets the error.
   *
   * @param data - not a string
   * @returns false if so many bytes are unsent that the writer should pause until `drain`, or if
   *   nothing can be sent any more
   * @throws TypeError for a value that is not bytes
   */
  write(data: BytesLike): boolean {
    const bytes = toBytes('data', data);
    const stream = this.#stream;
    if (this.#isOver || stream.sender.isEnding) return false;
    if (stream.unsent + bytes.length <= this.#limits.maxBuffer) stream.write(bytes);
    else this.#writeMuch(bytes);
    if (stream.loss !== null) this.#loseSoon(stream.loss);
    if (this.#isOver) return false;
    if (stream.unsent === 0) return true;
    this.#owesFlushed = true;
    this.update();
    const hasRoom = stream.unsent < this.#limits.highWater && !this.#isOver;
    if (!hasRoom) this.#owesDrain = true;
    return hasRoom;
  }

  /** Writes more bytes than may be kept: it succeeds if the kernel takes enough of them at once. */
  #writeMuch(bytes: Uint8Array): void {
    const stream = this.#stream;
    const { maxBuffer } = this.#limits;
    let left = bytes;
    while (stream.unsent === 0 && left.length > 0 && stream.loss === null) {
      stream.write(left.subarray(0, maxBuffer));
      left = left.subarray(maxBuffer);
    }
    const size = stream.unsent + left.length;
    if (size <= maxBuffer) stream.write(left);
    else this.#loseSoon(stream.loss ?? new OSError(ENOBUFS, 'write', `, ${size} bytes wait`));
  }

  /**
   * Sends one byte as out-of-band data (TCP only), before all unsent bytes. TCP has one such byte at a
   * time: if one is unsent, the next replaces it.
   *
   * @param byte - the number of the byte, 0 to 255
   * @throws RangeError, TypeError for any other value
   */
  writeUrgent(byte: number): void {
    integer('byte', byte, 0, 255);
    if (this.#isOver || this.#stream.sender.isEnding) return;
    this.#urgent = Buffer.of(byte);
    if (!this.#flushUrgent()) {
      this.#loseSoon(this.#stream.loss);
      return;
    }
    this.#owesFlushed ||= this.#urgent !== null;
    this.update();
  }

  /**
   * Half-close: sends the unsent bytes, then the end of file. The connection ends when the peer has
   * ended too; until then, `data` is called. Idempotent.
   */
  end(): void {
    if (this.#isOver || this.#stream.sender.isEnding) return;
    this.#stream.sender.isEnding = true;
    this.#settleSoon();
  }

  /**
   * Ends both directions: `data` is not called any more. The unsent bytes are sent, then the end of
   * file, and `lost` gets null. Idempotent; also after `end`.
   *
   * The socket is closed when the peer has ended too, or two seconds later. Input is discarded
   * meanwhile: closing a socket with unread input sends a reset, and what has not reached the peer yet
   * is lost.
   *
   * @param seconds - the limit for all of this, 0 or more, after which it is aborted. Default: no limit
   *   for sending
   * @throws RangeError, TypeError for a time that is negative or not finite
   */
  close(seconds?: number): void {
    if (this.#isOver) return;
    if (seconds !== undefined) checkSeconds(seconds, 0);
    const isFirst = this.#ending === null;
    const ending = this.#beginEnding();
    if (seconds !== undefined) ending.limit(seconds, () => this.#onDeadline());
    if (!isFirst) return;
    this.#stream.sender.isEnding = true;
    this.#settleSoon();
  }

  /** Closes at once with a reset; unsent bytes are lost. `lost` gets ECONNABORTED. Idempotent. */
  abort(): void {
    if (this.#isOver) return;
    this.#beginEnding().resetOnClose();
    this.#loseSoon(new OSError(ECONNABORTED, 'abort'));
  }

  /** As `abort`, but `lost` is called at once; for the closing of the loop. */
  [Symbol.dispose](): void {
    this.#beginEnding().dispose();
  }

  /**
   * Reads nothing until {@link resume}; the peer's end of file is not noticed either. The peer is
   * blocked when the kernel's buffers are full. Idempotent.
   */
  pause(): void {
    this.#isPaused = true;
    this.update();
  }

  /** Undoes {@link pause}; idempotent. */
  resume(): void {
    this.#isPaused = false;
    this.update();
  }

  /** For the loop: the socket is ready. @internal */
  onEvent(bit: number): void {
    if (bit === EVENT_READ) this.#onReadable();
    else if (bit === EVENT_WRITE) this.#onWritable();
    else this.#onUrgent();
  }

  /** For the loop: the socket cannot be watched any more. @internal */
  onUnwatched(error: OSError): void {
    this.#beginEnding().lose(error);
  }

  /** Whether `lost` was called, or will be called soon. */
  get #isOver(): boolean {
    return this.#ending?.isOver === true;
  }

  get #mustWrite(): boolean {
    return this.#stream.unsent > 0 || this.#urgent !== null;
  }

  /** For {@link Ending}: updates the watch to the events that the connection needs now. @internal */
  update(): void {
    const interest = this.#interest;
    try {
      if (this.#watch !== null) this.#watch.change(interest);
      else if (interest !== 0) this.#watch = this.#loop.watchOwner(this, interest);
    } catch (error) {
      // epoll_ctl(2): ENOSPC or ENOMEM. Only this connection is lost.
      if (!(error instanceof OSError)) throw error;
      this.#loseSoon(error);
    }
    if (interest === 0) this.#watch = null;
  }

  get #interest(): number {
    if (this.#ending?.isClosed === true) return 0;
    const writing = this.#mustWrite ? EVENT_WRITE : 0;
    if (this.handlers === null || this.#stream.hasEnded) return writing;
    if (this.#ending !== null) return writing | EVENT_READ;
    const { pausesReading, highWater } = this.#limits;
    if (this.#isPaused || (pausesReading && this.#stream.unsent >= highWater)) return writing;
    // Only together with reading: a hang-up is always reported, and only reading would clear it.
    const urgent = this.handlers.urgent === undefined ? 0 : EVENT_EXCEPT;
    return writing | EVENT_READ | urgent;
  }

  #onUrgent(): void {
    const handler = this.handlers?.urgent;
    const byte = receiveUrgent(this.#stream.socket);
    if (byte === null || handler === undefined) return;
    this.#loop.invoke('urgent', this.context, handler, this.handlers, byte);
  }

  /** Sends the out-of-band byte, if one waits. @returns false if the connection is lost */
  #flushUrgent(): boolean {
    const byte = this.#urgent;
    if (byte === null) return true;
    return this.#stream.attempt(() => {
      if (sendUrgent(this.#stream.socket, byte)) this.#urgent = null;
    });
  }

  #onReadable(): void {
    const stream = this.#stream;
    const isReused = this.#limits.reusesInput || this.#ending !== null;
    let chunk: Buffer | null;
    try {
      chunk = isReused ? borrow(stream.socket) : receive(stream.socket);
    } catch (error) {
      this.#beginEnding().lose(error);
      return;
    }
    if (chunk === null) return; // another thread or process was quicker
    if (chunk.length === 0) stream.hasEnded = true;
    else if (this.#ending === null && this.handlers !== null) {
      this.#loop.invoke('data', this.context, this.handlers.data, this.handlers, chunk);
    }
    if (isReused) giveBack(chunk);
    if (stream.hasEnded) this.#onEnd();
  }

  /** The peer's end of file. */
  #onEnd(): void {
    if (this.#isOver) {
      this.#beginEnding().lose(null);
      return;
    }
    this.update();
    if (this.#ending === null) this.#tell('eof', this.handlers?.eof);
    if (!this.allowHalfOpen) this.end();
    this.#settle();
  }

  #onWritable(): void {
    const stream = this.#stream;
    if (this.#flushUrgent() && this.#urgent === null) stream.flush();
    if (stream.loss !== null) {
      this.#beginEnding().lose(stream.loss);
      return;
    }
    this.update();
    if (this.#owesDrain && stream.unsent <= this.#limits.lowWater) {
      this.#owesDrain = false;
      if (!stream.sender.isEnding) this.#tell('drain', this.handlers?.drain);
    }
    // A handler may have called runOnce(), which has sent the rest.
    if (this.#owesFlushed && !this.#mustWrite && !this.#isOver) {
      this.#owesFlushed = false;
      this.#tell('flushed', this.handlers?.flushed);
    }
    this.#settle();
  }

  #settleSoon(): void {
    this.update();
    if (!this.#mustWrite) this.#loop.callSoon(() => this.#settle());
  }

  /** Continues the end of the connection when everything was sent. */
  #settle(): void {
    const stream = this.#stream;
    if (this.#isOver || !stream.sender.isEnding || this.#mustWrite) return;
    stream.flush(); // the end of file
    if (stream.loss !== null || stream.hasEnded) this.#beginEnding().lose(stream.loss);
    else this.#ending?.beginFarewell();
  }

  /** The time of `close` is over. If the process comes late and all was sent, a reset would lose it. */
  #onDeadline(): void {
    this.#settle();
    this.abort();
  }

  #loseSoon(error: Error | null): void {
    this.#beginEnding().loseSoon(error);
  }

  /** The connection's ending, begun if it was open until now. */
  #beginEnding(): Ending {
    this.#ending ??= new Ending(this, this.#loop, this.#stream);
    return this.#ending;
  }

  /** For {@link Ending}: stores the local address, which a closed socket does not have. @internal */
  rememberHost(): void {
    try {
      this.#host ??= this.#stream.socket.getsockname();
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.#host = ''; // the program has closed the socket
    }
  }

  /** Calls a handler without arguments in this connection's context. */
  #tell(where: string, handler: (() => void) | undefined): void {
    if (handler !== undefined) this.#loop.invoke(where, this.context, handler, this.handlers);
  }
}
