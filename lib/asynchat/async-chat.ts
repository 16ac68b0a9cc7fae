/** `AsyncChat`: cuts the input into messages at terminators, and queues the output. */

import { Dispatcher } from '../asyncore/index.js';
import { declareQuiet, sending } from '../asyncore/internal.js';
import { errnoNumber } from '../native/index.js';
import { OutputBuffer } from '../stream/index.js';
import { type BytesLike, OSError, toBytes } from '../values/index.js';
import { Pieces } from './pieces.js';
import { isProducer, type Producer } from './producer.js';
import { checkTerminator, endOf, findPrefixAtEnd, type Terminator } from './terminator.js';

export type { Terminator } from './terminator.js';

const NOTHING = Buffer.alloc(0);

/** The empty queue that all channels share; never changed. */
const NO_OUTPUT: never[] = [];
Object.freeze(NO_OUTPUT);

/**
 * A dispatcher that collects its input until a terminator, and queues its output. Extend it, override
 * {@link collectIncomingData} and {@link foundTerminator}, and set a terminator.
 *
 * @example
 * class Lines extends AsyncChat {
 *   terminator = '\n';
 *   collectIncomingData(data) { this._collectIncomingData(data); }
 *   foundTerminator() { this.push(Buffer.concat([this._getData(), Buffer.from('\n')])); }
 * }
 *
 * Mirrors https://docs.python.org/3.11/library/asynchat.html#asynchat.async_chat
 * @platform POSIX
 */
export class AsyncChat extends Dispatcher {
  /** The most bytes to receive in one call. Default: 65536, as in Python. */
  acInBufferSize = 65536;
  /** The most bytes to send in one call. Default: 65536, as in Python. */
  acOutBufferSize = 65536;
  /**
   * The most bytes of a message before its terminator. If there are more, `handleError` is called
   * with `EMSGSIZE`, and the connection is closed. Default: Infinity. It does not limit messages of a
   * given size and those without an end.
   */
  maxBuffer = Infinity;
  /** The end of a message; {@link setTerminator} checks it. Default: null: no end. */
  terminator: Terminator = null;
  /** Made when it is first needed. */
  #pieces: Pieces | null = null;
  /** Bytes that may be the beginning of a terminator, or were not searched yet. */
  #input: Buffer = NOTHING;
  /** How many bytes of the current message were collected. */
  #collected = 0;
  /** The output queue; null means the end of the connection. */
  #output: (OutputBuffer | Producer | null)[] = NO_OUTPUT;

  static {
    declareQuiet(AsyncChat.prototype.readable, AsyncChat.prototype.writable);
  }

  /** The pieces that {@link _collectIncomingData} has collected; the program may change the array. */
  get incoming(): Uint8Array[] {
    this.#pieces ??= new Pieces();
    return this.#pieces.list;
  }

  /**
   * Called with a piece of a message. Override it.
   * @param _data - not empty; with {@link reusesInput}, valid until it returns
   * @throws Error `ERR_METHOD_NOT_IMPLEMENTED` unless it is overridden
   */
  collectIncomingData(_data: Buffer): void {
    throw notImplemented('collectIncomingData');
  }

  /**
   * Called when a message is complete; the terminator is not part of it. Override it. It may set
   * another terminator for the following messages.
   * @throws Error `ERR_METHOD_NOT_IMPLEMENTED` unless it is overridden
   */
  foundTerminator(): void {
    throw notImplemented('foundTerminator');
  }

  /**
   * An implementation for {@link collectIncomingData}: keeps the piece in {@link incoming}. Small
   * pieces are joined later, so that an unfinished message takes about its size.
   * @param data - a piece of the message
   */
  protected _collectIncomingData(data: Uint8Array): void {
    this.incoming.push(data);
  }

  /**
   * Removes the pieces that {@link _collectIncomingData} has kept.
   * @returns a copy of them as one Buffer; empty if there are none
   */
  protected _getData(): Buffer {
    return this.#pieces === null ? NOTHING : this.#pieces.take();
  }

  /**
   * Sets the end of a message.
   * @param terminator - bytes (a string is encoded as UTF-8); or the size of the next message in bytes:
   *   it counts down and is 0 when {@link foundTerminator} is called; null, 0 or an empty string: no end
   * @throws RangeError for a negative number or a fraction; TypeError for another type
   */
  setTerminator(terminator: Terminator): void {
    this.terminator = checkTerminator(terminator);
  }

  /** @returns the end of a message; of a message of a given size, the bytes that are missing */
  getTerminator(): Terminator {
    return this.terminator;
  }

  /** The output queue: buffers, producers, and null for the end of the connection. */
  get producerFifo(): readonly (OutputBuffer | Producer | null)[] {
    return this.#output;
  }

  /** How many bytes are unsent, without those that producers have not made yet. */
  get pending(): number {
    let size = 0;
    for (const part of this.#output) if (part instanceof OutputBuffer) size += part.size;
    return size;
  }

  /**
   * Receives once, and calls {@link collectIncomingData} and {@link foundTerminator}. An OSError of the
   * socket is passed to `handleError`.
   * @throws any error of these methods; TypeError, RangeError for a bad {@link terminator}
   */
  override handleRead(): void {
    let data: Buffer;
    try {
      data = this.recv(this.acInBufferSize);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      if (error.code !== 'EAGAIN') this.handleError(error);
      return;
    }
    if (data.length === 0) return; // the channel was closed
    this.#input = this.#input.length === 0 ? data : Buffer.concat([this.#input, data]);
    // A handler may discard the rest, or close the channel.
    while (this.#input.length > 0 && this.fileno() >= 0 && this.#takePart());
    this.#pieces?.compact(!this.reusesInput);
    if (this.fileno() < 0) this.#input = NOTHING;
    else if (this.reusesInput || this.#input.length < data.length)
      this.#input = copyOf(this.#input);
  }

  /** Calls {@link initiateSend}. */
  override handleWrite(): void {
    this.initiateSend();
  }

  /** Calls `close`. */
  override handleClose(): void {
    this.close();
  }

  /** @returns true */
  override readable(): boolean {
    return true;
  }

  /** @returns true while the queue is not empty, and before the connection is established */
  override writable(): boolean {
    return this.#output.length > 0 || !this.connected;
  }

  /**
   * Sends the data, and queues a copy of the part that the kernel does not take at once. The queue has no
   * limit: see {@link pending}. An OSError of the socket is passed to `handleError`.
   * @param data - not a string
   * @throws TypeError for data that is not bytes, such as a string
   */
  push(data: BytesLike): void {
    const bytes = toBytes('data', data);
    const { length } = bytes;
    if (length === 0) return;
    const isFree = this.#output.length === 0 && this.connected;
    const sent = isFree ? this.#sendNow(bytes, Math.min(length, this.acOutBufferSize)) : 0;
    if (sent === length) return;
    const last = this.#output.at(-1);
    const rest = sent === 0 ? bytes : bytes.subarray(sent);
    if (last instanceof OutputBuffer) last.push(rest);
    else this.#queue(bufferOf(rest));
    if (!isFree && !sending.isFull(this)) this.initiateSend();
    this.changed();
  }

  /**
   * Queues a producer, whose data is made and sent after everything before it.
   * @param producer - an object with a method `more`; or bytes, as for {@link push}
   * @throws TypeError for any other value; any error of the producer
   */
  pushWithProducer(producer: Producer | BytesLike): void {
    if (!isProducer(producer)) {
      this.push(producer);
      return;
    }
    this.#queue(producer);
    this.initiateSend();
    this.changed();
  }

  /** Closes the channel, by `handleClose`, when everything in the queue was sent. */
  closeWhenDone(): void {
    this.#queue(null);
    this.changed();
  }

  /**
   * Sends as much as the kernel takes, at most {@link acOutBufferSize} bytes; nothing while there is
   * no connection. For an error it calls `handleError`, at the end of the connection `handleClose`.
   * @throws any error of a producer; TypeError if a producer's data is not bytes
   */
  initiateSend(): void {
    while (this.#output.length > 0 && this.connected) {
      const first = this.#output[0] as OutputBuffer | Producer | null;
      if (first instanceof OutputBuffer) {
        this.#send(first);
        return;
      }
      if (first === null) {
        this.#output.shift();
        this.handleClose();
        return;
      }
      const piece = toBytes('the result of more()', first.more() ?? NOTHING);
      if (this.#output[0] !== first) continue; // more() has discarded it
      if (piece.length > 0) this.#output.unshift(bufferOf(piece));
      else this.#output.shift();
    }
  }

  /** Drops the input and the output queue. */
  discardBuffers(): void {
    this.#input = NOTHING;
    this.#pieces?.clear();
    this.#output = NO_OUTPUT;
    this.changed();
  }

  #queue(part: OutputBuffer | Producer | null): void {
    if (this.#output === NO_OUTPUT) this.#output = [part];
    else this.#output.push(part);
  }

  /** @returns how many bytes need not be queued: all of them if the connection is over */
  #sendNow(bytes: Uint8Array, size: number): number {
    try {
      return sending.now(this, bytes, size) ?? bytes.length;
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.handleError(error);
      return bytes.length;
    }
  }

  #send(buffer: OutputBuffer): void {
    try {
      this.sendFrom(buffer, this.acOutBufferSize);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.handleError(error);
    }
    // A handler may have discarded it.
    if (buffer.size === 0 && this.#output[0] === buffer) this.#output.shift();
  }

  /** @returns whether there may be another part */
  #takePart(): boolean {
    const end = endOf(this.getTerminator());
    const input = this.#input;
    if (end === null) {
      this.#take(input.length);
      return true;
    }
    if (typeof end === 'number') {
      const size = Math.min(end, input.length);
      this.terminator = end - size;
      this.#take(size);
      if (size === end) this.#found();
      return true;
    }
    const index = input.indexOf(end);
    if (index >= 0) {
      if (index > 0 && !this.#takeOfLine(index)) return false;
      this.#input = this.#input.subarray(end.length);
      this.#found();
      return true;
    }
    const size = input.length - findPrefixAtEnd(input, end);
    if (size > 0) this.#takeOfLine(size);
    return false;
  }

  #take(size: number): void {
    const piece = this.#input.subarray(0, size);
    this.#input = this.#input.subarray(size);
    this.collectIncomingData(piece);
  }

  /** @returns false if the message is too long */
  #takeOfLine(size: number): boolean {
    this.#collected += size;
    if (this.#collected <= this.maxBuffer) {
      this.#take(size);
      return true;
    }
    this.#input = NOTHING;
    const detail = `, ${this.#collected} bytes without a terminator`;
    this.handleError(new OSError(errnoNumber('EMSGSIZE'), 'handleRead', detail));
    this.close(); // always: the beginning of the next message is unknown
    return false;
  }

  #found(): void {
    this.#collected = 0;
    this.foundTerminator();
  }
}

function bufferOf(bytes: Uint8Array): OutputBuffer {
  const buffer = new OutputBuffer();
  buffer.push(bytes);
  return buffer;
}

/** A copy in separate memory: the chunk would be kept alive by a view, or is used again. */
function copyOf(bytes: Uint8Array): Buffer {
  if (bytes.length === 0) return NOTHING;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}

function notImplemented(name: string): Error {
  const error = new Error(`${name} must be implemented in a subclass`);
  return Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
}
