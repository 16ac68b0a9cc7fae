/** Messages in both directions: input is cut at terminators, output is queued. */
import { constants } from 'node:os';
import { Dispatcher } from '../asyncore/index.js';
import { OutputBuffer } from '../loop/index.js';
import { type BytesLike, OSError, toBytes } from '../values/index.js';
import { isProducer, type Producer } from './producer.js';
import { checkTerminator, endOf, findPrefixAtEnd, type Terminator } from './terminator.js';

export type { Terminator } from './terminator.js';

const NOTHING = Buffer.alloc(0);

/**
 * A dispatcher that collects what comes until its terminator has come, and sends what it is given.
 * Extend it, override {@link collectIncomingData} and {@link foundTerminator}, and set a terminator.
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
  /** How many bytes are received in one go at the most. */
  acInBufferSize = 65536;
  /** How many bytes are sent in one go at the most. */
  acOutBufferSize = 65536;
  /**
   * How many bytes a message may have before the bytes that end it. With more of them, `handleError`
   * is called with `EMSGSIZE`, and the connection is closed. Default Infinity. Messages of a given
   * size and those without an end are not limited.
   */
  maxBuffer = Infinity;
  /** What ends a message; {@link setTerminator} checks it. Default null: none. */
  terminator: Terminator = null;
  /** What {@link _collectIncomingData} has collected. */
  readonly incoming: Uint8Array[] = [];
  /** What may be the beginning of a terminator, or was not looked at yet. */
  #input: Buffer = NOTHING;
  /** How much of a message was collected. */
  #collected = 0;
  /** What is to be sent, in this order; null: the end of the connection. */
  readonly #output: (OutputBuffer | Producer | null)[] = [];

  /**
   * A piece of a message; never an empty one. To be overridden.
   * @throws Error `ERR_METHOD_NOT_IMPLEMENTED`
   */
  collectIncomingData(_data: Buffer): void {
    throw notImplemented('collectIncomingData');
  }

  /**
   * All of a message was collected; the terminator is not a part of it. To be overridden. It may set
   * another terminator, which holds for what comes next.
   * @throws Error `ERR_METHOD_NOT_IMPLEMENTED`
   */
  foundTerminator(): void {
    throw notImplemented('foundTerminator');
  }

  /** A possible {@link collectIncomingData}: keeps the piece in {@link incoming}. */
  protected _collectIncomingData(data: Uint8Array): void {
    this.incoming.push(data);
  }

  /** What {@link _collectIncomingData} has kept, in one piece; it is not kept any longer. */
  protected _getData(): Buffer {
    return Buffer.concat(this.incoming.splice(0));
  }

  /**
   * Sets what ends a message.
   * @param terminator - these bytes (a string is UTF-8); or so many bytes, once: it counts down and
   *   is 0 when {@link foundTerminator} is called; null, 0 or an empty string: nothing does
   * @throws RangeError for a negative number or a fraction; TypeError for what is no terminator
   */
  setTerminator(terminator: Terminator): void {
    this.terminator = checkTerminator(terminator);
  }

  getTerminator(): Terminator {
    return this.terminator;
  }

  /** What is to be sent: buffers, producers, and null for the end of the connection. */
  get producerFifo(): readonly (OutputBuffer | Producer | null)[] {
    return this.#output;
  }

  /** How many bytes wait to be sent, without those that producers have still to make. */
  get pending(): number {
    let size = 0;
    for (const part of this.#output) if (part instanceof OutputBuffer) size += part.size;
    return size;
  }

  override handleRead(): void {
    let data: Buffer;
    try {
      data = this.recv(this.acInBufferSize);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      if (error.code !== 'EAGAIN') this.handleError(error);
      return;
    }
    if (data.length === 0) return; // it was closed
    this.#input = this.#input.length === 0 ? data : Buffer.concat([this.#input, data]);
    // What a handler throws away, or leaves by closing the channel, is not told.
    while (this.#input.length > 0 && this.fileno() >= 0 && this.#takePart());
    if (this.fileno() < 0) this.#input = NOTHING;
  }

  override handleWrite(): void {
    this.initiateSend();
  }

  /** Calls `close`. */
  override handleClose(): void {
    this.close();
  }

  override readable(): boolean {
    return true;
  }

  override writable(): boolean {
    return this.#output.length > 0 || !this.connected;
  }

  /**
   * Queues a copy of the data, and sends what goes at once.
   * @throws TypeError for what is no bytes, such as a string
   */
  push(data: BytesLike): void {
    const bytes = toBytes('data', data);
    if (bytes.length === 0) return;
    const last = this.#output.at(-1);
    if (last instanceof OutputBuffer) last.push(bytes);
    else this.#output.push(bufferOf(bytes));
    this.initiateSend();
    this.changed();
  }

  /**
   * Queues what a producer will make when everything before it was sent.
   * @param producer - an object with a method `more`; or bytes, as {@link push}
   * @throws TypeError for what is neither
   */
  pushWithProducer(producer: Producer | BytesLike): void {
    if (!isProducer(producer)) {
      this.push(producer);
      return;
    }
    this.#output.push(producer);
    this.initiateSend();
    this.changed();
  }

  /** Closes the channel once everything that is queued was sent. */
  closeWhenDone(): void {
    this.#output.push(null);
    this.changed();
  }

  /**
   * Sends what the kernel takes, at most {@link acOutBufferSize} bytes; nothing while there is no
   * connection. What goes wrong is told to `handleError`, or `handleClose` where the connection is
   * over.
   * @throws what a producer throws
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
      if (piece.length > 0) this.#output.unshift(bufferOf(piece));
      else this.#output.shift();
    }
  }

  /** Forgets what was received and what is to be sent. For emergencies. */
  discardBuffers(): void {
    this.#input = NOTHING;
    this.incoming.length = 0;
    this.#output.length = 0;
  }

  #send(buffer: OutputBuffer): void {
    try {
      this.sendFrom(buffer, this.acOutBufferSize);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.handleError(error);
    }
    // A handler may have thrown it away.
    if (buffer.size === 0 && this.#output[0] === buffer) this.#output.shift();
  }

  /** @returns whether there may be more to take */
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

  /** @returns whether it was not too much */
  #takeOfLine(size: number): boolean {
    this.#collected += size;
    if (this.#collected <= this.maxBuffer) {
      this.#take(size);
      return true;
    }
    this.#input = NOTHING;
    const detail = `, ${this.#collected} bytes without a terminator`;
    this.handleError(new OSError(constants.errno.EMSGSIZE, 'handleRead', detail));
    this.close(); // in any case: where the next message begins, nobody knows
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

function notImplemented(name: string): Error {
  const error = new Error(`${name} must be implemented in a subclass`);
  return Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
}
