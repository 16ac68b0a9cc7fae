/** A connection in an event loop: the only place of the package that owns an output buffer. */
import { constants } from 'node:os';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { EVENT_EXCEPT } from '../selectors/internal.js';
import type { Address, Socket } from '../socket/index.js';
import { MSG_DONTWAIT, MSG_OOB, SHUT_WR, SO_LINGER, SOL_SOCKET } from '../socket/index.js';
import { OutputBuffer } from '../stream/index.js';
import { borrow, type ConnectionOptions, giveBack, Limits, receive } from '../stream/internal.js';
import { type BytesLike, integer, OSError, toBytes } from '../values/index.js';
import { type Context, currentContext } from './context.js';
import type { EventLoop } from './event-loop.js';
import { linger } from './linger.js';
import type { DelayedCall } from './timers.js';
import type { OwnerWatch, WatchOwner } from './watch.js';

/** How long the peer has, once it was told that nothing more will come. */
const PATIENCE_SECONDS = 2;
/** Bytes; what a turn sends to one peer at the most, so that it does not keep the others waiting. */
const MAX_SENT_AT_ONCE = 131072;

/**
 * What a connection tells. What these functions throw is reported to the loop's `onError`, with the
 * function's name.
 */
export interface ConnectionHandlers {
  /** Bytes have come; they may be kept, unless the connection reuses its input. */
  data(bytes: Buffer): void;
  /**
   * A byte of out-of-band data has come; `MSG_OOB`. It overtakes what was sent before it. Without
   * this function such bytes are lost.
   */
  urgent?(byte: Buffer): void;
  /**
   * The peer will send no more. What is written here still goes out; then the connection ends,
   * unless it may stay half open.
   */
  eof?(): void;
  /** After `write` has returned false: there is room again. */
  drain?(): void;
  /**
   * What had to wait has been sent, all of it; the end of file follows at once after `end`. Not told
   * where nothing had to wait: `pending` is 0 after the `write` then.
   */
  flushed?(): void;
  /** The connection is over, exactly once: null where both sides have ended it, else why. */
  lost(error: Error | null): void;
  /** The socket is closed, exactly once: after `lost`, at once or as late as `close` says. */
  closed?(): void;
}

/** How far a connection has come on its way to its end. */
class End {
  /** `end` was called, or the peer's end is ours too. */
  isEnding = false;
  /** `close` was called: whatever the peer does, nothing is told but that it is over. */
  isLeaving = false;
  /** When `close` becomes `abort`. */
  deadline: DelayedCall | null = null;
  hasSentEnd = false;
  /** The peer has. */
  hasEnded = false;
  isClosed = false;
  /** Why it was closed. */
  reason: Error | null = null;
}

/** Of all connections that have just begun, which most are most of the time. */
const NO_END: Readonly<End> = new End();

/**
 * A connected socket: what is written goes out in order and as soon as it can, what comes in goes
 * to the handlers, one chunk in a turn. Nothing is told before a method has returned.
 *
 * No peer can make it use more memory than its limits: one that does not read is not read from any
 * more at the high-water mark, and is lost where more than `maxBuffer` would wait for it.
 *
 * Mirrors Twisted's `ITransport`, with the policy for half-closed connections of this package.
 * @platform POSIX
 */
export class Connection implements WatchOwner {
  /** The peer's address, also when it is gone. */
  readonly peer: Address;
  /** Stay open for writing after the peer's end of file; may be changed until `eof` was told. */
  allowHalfOpen: boolean;
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  readonly #limits: Limits;
  /** Of the call that listens or connects, for each connection anew. @internal */
  readonly context: Context = currentContext();
  #host: Address | null = null;
  /** Null where nothing waits: most connections are idle most of the time. */
  #output: OutputBuffer | null = null;
  #handlers: ConnectionHandlers | null = null;
  /** An out-of-band byte that the kernel has not taken yet. */
  #urgent: Buffer | null = null;
  #watch: OwnerWatch | null = null;
  #isPaused = false;
  #owesDrain = false;
  #end: Readonly<End> = NO_END;

  /**
   * For `listen`, `connect` and frameworks.
   *
   * @param socket - connected; the connection owns it from now on and makes it non-blocking
   * @param peer - its address
   * @throws RangeError, TypeError for options that are none; Error `ERR_CLOSED` where the loop is
   */
  constructor(loop: EventLoop, socket: Socket, peer: Address, options: ConnectionOptions = {}) {
    this.#limits = options instanceof Limits ? options : new Limits(options);
    this.allowHalfOpen = this.#limits.allowHalfOpen;
    this.#loop = loop;
    this.#socket = socket;
    this.peer = peer;
    if (socket.getblocking()) socket.setblocking(false); // what was accepted is that already
    loop.own(this);
  }

  /** Begins to read and to tell; for `listen`, `connect` and frameworks. */
  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#update();
  }

  /** The own address, also when the connection is over. */
  get host(): Address {
    this.#host ??= this.#socket.getsockname();
    return this.#host;
  }

  /** The file descriptor; -1 once the connection is over. */
  fileno(): number {
    return this.#socket.fileno();
  }

  /** As `Socket.getsockopt`, such as TCP_NODELAY. */
  getsockopt(level: number, name: number): number {
    return this.#socket.getsockopt(level, name) as number;
  }

  /** As `Socket.setsockopt`. */
  setsockopt(level: number, name: number, value: number | boolean): void {
    this.#socket.setsockopt(level, name, value);
  }

  /** How many bytes wait to be sent. */
  get pending(): number {
    return this.#output === null ? 0 : this.#output.size;
  }

  /**
   * Sends bytes, at once or when the kernel takes them; they are copied where they have to wait.
   * Nothing where the connection is over or `end` was called, or where there are no bytes.
   *
   * @returns false while so many wait that the writer should pause until `drain`, or where nothing
   *   is sent any more
   * @throws TypeError for what is no bytes
   */
  write(data: BytesLike): boolean {
    const bytes = toBytes('data', data);
    if (this.#end.isClosed || this.#end.isEnding) return false;
    let sent = 0;
    if (this.#output === null && bytes.length > 0) {
      try {
        sent = this.#socket.trySend(bytes) ?? 0;
      } catch (error) {
        this.#loseSoon(error);
        return false;
      }
    }
    if (sent < bytes.length) this.#keep(bytes.subarray(sent));
    if (this.#end.isClosed) return false;
    const hasRoom = this.pending < this.#limits.highWater;
    if (!hasRoom) this.#owesDrain = true;
    return hasRoom;
  }

  /**
   * Sends one byte as out-of-band data (TCP only), before all that waits to be sent. As in TCP
   * itself there is one such byte at a time: one that still waits gives way to the next.
   *
   * @param byte - the number of the byte, 0 to 255
   * @throws RangeError, TypeError for what is no byte
   */
  writeUrgent(byte: number): void {
    integer('byte', byte, 0, 255);
    if (this.#end.isClosed || this.#end.isEnding) return;
    this.#urgent = Buffer.of(byte);
    try {
      this.#sendUrgent();
    } catch (error) {
      this.#loseSoon(error);
      return;
    }
    this.#update();
  }

  /**
   * Writes nothing more: sends what is queued, then the end of file, and closes when the peer has
   * ended too; until then `data` goes on. Idempotent.
   */
  end(): void {
    if (this.#end.isClosed || this.#end.isEnding) return;
    this.#ownEnd.isEnding = true;
    if (!this.#mustWrite) this.#loop.callSoon(() => this.#finish());
  }

  /**
   * Ends both directions: no more `data` is told. What is queued is sent, then the end of file, and
   * `lost` gets null. Idempotent; also after `end`.
   *
   * The socket is closed when the peer has ended too, or two seconds later: what the peer sends
   * meanwhile is thrown away, as closing with unread input would send a reset, which takes from the
   * peer what it has not read yet.
   *
   * @param seconds - that all of it may take; then it is aborted. Default: as long as it takes to send.
   * @throws RangeError, TypeError for a time that is none
   */
  close(seconds?: number): void {
    if (this.#end.isClosed) return;
    if (seconds !== undefined)
      this.#ownEnd.deadline ??= this.#loop.callLater(seconds, () => this.abort());
    if (this.#end.isLeaving) return;
    this.#ownEnd.isEnding = true;
    this.#ownEnd.isLeaving = true;
    this.#update();
    if (!this.#mustWrite) this.#loop.callSoon(() => this.#finish());
  }

  /** Closes at once with a reset; what is queued is lost. `lost` gets ECONNABORTED. Idempotent. */
  abort(): void {
    if (this.#end.isClosed) return;
    this.#resetOnClose();
    this.#loseSoon(new OSError(constants.errno.ECONNABORTED, 'abort'));
  }

  /** As `abort`, but `lost` is told at once; for the loop, whose end it is. */
  [Symbol.dispose](): void {
    if (!this.#end.isClosed) {
      this.#resetOnClose();
      this.#close(new OSError(constants.errno.ECONNABORTED, 'abort'));
    }
    this.#tellLost();
  }

  /**
   * Reads nothing until {@link resume}, so that the peer's end is not noticed either. The peer
   * notices when the kernel's buffers are full. Idempotent.
   */
  pause(): void {
    this.#isPaused = true;
    this.#update();
  }

  /** Undoes {@link pause}; idempotent. */
  resume(): void {
    this.#isPaused = false;
    this.#update();
  }

  /** The end as it is changed: then it is an object of its own. */
  get #ownEnd(): End {
    if (this.#end === NO_END) this.#end = new End();
    return this.#end;
  }

  /** Watches what has to be watched now. */
  #update(): void {
    const interest = this.#end.isClosed ? 0 : this.#interest;
    if (this.#watch !== null) this.#watch.change(interest);
    else if (interest !== 0) this.#watch = this.#loop.watchOwner(this, interest);
    if (interest === 0) this.#watch = null;
  }

  get #interest(): number {
    const writing = this.#mustWrite ? EVENT_WRITE : 0;
    const { pausesReading, highWater } = this.#limits;
    const isFull = pausesReading && this.pending >= highWater;
    const { hasEnded, isLeaving } = this.#end;
    if (this.#handlers === null || hasEnded || isLeaving || this.#isPaused || isFull)
      return writing;
    // Only together with reading: a hang-up is reported unasked, and nobody would take it away.
    const urgent = this.#handlers.urgent === undefined ? 0 : EVENT_EXCEPT;
    return writing | EVENT_READ | urgent;
  }

  get #mustWrite(): boolean {
    return this.#output !== null || this.#urgent !== null;
  }

  /** For the loop. @internal */
  onEvent(bit: number): void {
    if (bit === EVENT_READ) this.#onReadable();
    else if (bit === EVENT_WRITE) this.#onWritable();
    else this.#onUrgent();
  }

  #onUrgent(): void {
    let byte: Buffer;
    try {
      byte = this.#socket.recv(1, MSG_OOB | MSG_DONTWAIT);
    } catch (error) {
      // EAGAIN: announced, but still on its way; EINVAL: gone. A lost connection is readable, too.
      if (error instanceof OSError) return;
      throw error;
    }
    if (byte.length > 0) this.#tellBytes('urgent', this.#handlers?.urgent, byte);
  }

  #sendUrgent(): void {
    if (this.#urgent === null) return;
    try {
      this.#socket.send(this.#urgent, MSG_OOB | MSG_DONTWAIT);
      this.#urgent = null;
    } catch (error) {
      if (!(error instanceof OSError) || error.code !== 'EAGAIN') throw error;
    }
  }

  /** Queues what the kernel has not taken. */
  #keep(bytes: Uint8Array): void {
    const size = this.pending + bytes.length;
    if (size > this.#limits.maxBuffer) {
      this.#loseSoon(new OSError(constants.errno.ENOBUFS, 'write', `, ${size} bytes wait`));
      return;
    }
    this.#output ??= new OutputBuffer();
    this.#output.push(bytes);
    this.#update();
  }

  #onReadable(): void {
    let chunk: Buffer | null;
    try {
      chunk = this.#limits.reusesInput ? borrow(this.#socket) : receive(this.#socket);
    } catch (error) {
      this.#lose(error);
      return;
    }
    if (chunk === null) return; // somebody else was quicker
    if (chunk.length === 0) {
      this.#onEnd();
      return;
    }
    this.#tellBytes('data', this.#handlers?.data, chunk);
    if (this.#limits.reusesInput) giveBack(chunk);
  }

  #onEnd(): void {
    this.#ownEnd.hasEnded = true;
    this.#update();
    this.#tell('eof', this.#handlers?.eof);
    if (!this.allowHalfOpen) this.#ownEnd.isEnding = true;
    this.#finish();
  }

  #onWritable(): void {
    try {
      this.#sendUrgent();
      this.#output?.sendTo(this.#socket, MAX_SENT_AT_ONCE);
    } catch (error) {
      this.#lose(error);
      return;
    }
    if (this.#output?.size === 0) this.#output = null;
    this.#update();
    if (this.#owesDrain && this.pending <= this.#limits.lowWater) {
      this.#owesDrain = false;
      if (!this.#end.isEnding) this.#tell('drain', this.#handlers?.drain);
    }
    if (!this.#mustWrite) this.#tell('flushed', this.#handlers?.flushed);
    this.#finish();
  }

  /** Goes on with the end, where there is one and everything was sent. */
  #finish(): void {
    if (this.#end.isClosed || !this.#end.isEnding || this.#mustWrite) return;
    if (this.#end.hasEnded) {
      this.#lose(null);
      return;
    }
    try {
      if (!this.#end.hasSentEnd) this.#socket.shutdown(SHUT_WR);
    } catch (error) {
      this.#lose(error);
      return;
    }
    this.#ownEnd.hasSentEnd = true;
    if (!this.#end.isLeaving) return;
    const left = (this.#end.deadline?.getTime() ?? Infinity) - this.#loop.time();
    this.#leave();
    const handlers = this.#handlers;
    linger(
      this.#loop,
      this.#socket,
      Math.max(0, Math.min(left, PATIENCE_SECONDS)),
      () => handlers !== null && this.#tellClosed(handlers),
    );
    this.#tellLost(false);
  }

  #resetOnClose(): void {
    try {
      this.#socket.setsockopt(SOL_SOCKET, SO_LINGER, Int32Array.of(1, 0));
    } catch (error) {
      if (!(error instanceof OSError)) throw error; // it is closed in any case
    }
  }

  /** From within the user's own call: nobody is told before that has returned. */
  #loseSoon(error: unknown): void {
    if (this.#end.isClosed) return;
    this.#close(error);
    this.#loop.callSoon(() => this.#tellLost());
  }

  #lose(error: unknown): void {
    if (this.#end.isClosed) return;
    this.#close(error);
    this.#tellLost();
  }

  #close(error: unknown): void {
    this.#ownEnd.reason =
      error === null || error instanceof Error ? error : new Error(String(error));
    this.#leave();
    this.#socket.close();
  }

  /** Has nothing more to do with the socket. */
  #leave(): void {
    this.#rememberHost();
    this.#ownEnd.isClosed = true;
    this.#end.deadline?.cancel();
    this.#output = null;
    this.#urgent = null;
    this.#update();
  }

  #rememberHost(): void {
    try {
      this.#host ??= this.#socket.getsockname();
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.#host = ''; // somebody else has closed it
    }
  }

  /**
   * The loop owns it until then: it is told even if the loop is closed before its turn.
   * @param isClosed - the socket, too
   */
  #tellLost(isClosed = true): void {
    const handlers = this.#handlers;
    this.#handlers = null;
    this.#loop.disown(this);
    if (handlers === null) return;
    this.#loop.invoke('lost', this.context, handlers.lost, handlers, this.#end.reason);
    if (isClosed) this.#tellClosed(handlers);
  }

  #tellClosed(handlers: ConnectionHandlers): void {
    if (handlers.closed !== undefined) this.#tell('closed', handlers.closed, handlers);
  }

  #tellBytes(where: string, handler: ((bytes: Buffer) => void) | undefined, bytes: Buffer): void {
    if (handler !== undefined)
      this.#loop.invoke(where, this.context, handler, this.#handlers, bytes);
  }

  /** Calls a handler in this connection's context. */
  #tell(where: string, handler: (() => void) | undefined, handlers = this.#handlers): void {
    if (handler !== undefined) this.#loop.invoke(where, this.context, handler, handlers);
  }
}
