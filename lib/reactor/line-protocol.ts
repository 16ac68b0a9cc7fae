/** The base class of the protocols that receive lines. */

import { LineBuffer } from '../stream/index.js';
import { type BytesLike, rangeError, toBytes } from '../values/index.js';
import { Protocol } from './protocol.js';

/** The base class of {@link LineReceiver} and {@link LineOnlyReceiver}. */
export abstract class LineProtocol extends Protocol {
  /** The end of a received line, and of one that `sendLine` sends: bytes, or a string in UTF-8. */
  delimiter: string | BytesLike = '\r\n';
  /** The longest received line, in bytes without its delimiter; see `lineLengthExceeded`. */
  MAX_LENGTH = 16384;
  /** Received bytes that were not passed on yet. */
  protected readonly buffer = new LineBuffer();
  #isBusy = false;
  #delimiter: unknown = null;
  #delimiterBytes = Buffer.alloc(0);

  /**
   * Called with a line, without its delimiter; it may be kept. Override it.
   * @param line - may be empty
   * @throws Error if a subclass has not overridden it
   */
  lineReceived(line: Buffer): void {
    void line;
    throw new Error(`${this.constructor.name} has no method lineReceived`);
  }

  /**
   * Called as soon as a line is longer than `MAX_LENGTH`. Default: loses the connection.
   * @param line - the bytes that were received of it; a `LineReceiver` passes everything
   */
  lineLengthExceeded(line: Buffer): void {
    void line;
    this.transport.loseConnection();
  }

  /**
   * Sends a line and its delimiter.
   * @param line - bytes without a delimiter; not a string
   * @throws TypeError for a value that is not bytes
   * @throws RangeError for a {@link delimiter} without bytes
   */
  sendLine(line: BytesLike): void {
    this.transport.writeSequence([line, this.delimiterBytes]);
  }

  /**
   * Cuts received bytes into lines. Override `lineReceived` instead.
   * @param data - at least one byte
   * @throws any error of `lineReceived`; RangeError for a {@link delimiter} without bytes
   */
  override dataReceived(data: Buffer): void {
    this.buffer.append(data);
    if (this.#isBusy) return; // called within the loop below, which continues
    this.#isBusy = true;
    try {
      while (this.buffer.size > 0 && this.mayReceive && this.receiveNext());
    } finally {
      this.#isBusy = false;
    }
  }

  /**
   * The length of a line, which may be incomplete; it contains no part of its delimiter.
   * @param line - without its delimiter
   * @returns bytes, to compare with {@link MAX_LENGTH}
   */
  protected lineLength(line: Buffer): number {
    return line.length;
  }

  /** Whether received bytes may be passed on. */
  protected get mayReceive(): boolean {
    return this.transport?.disconnecting !== true;
  }

  /**
   * Passes on the next line or data.
   * @returns whether there may be more
   */
  protected receiveNext(): boolean {
    const line = this.buffer.takeLine(this.delimiterBytes);
    const text = line ?? this.buffer.unfinished(this.delimiterBytes);
    if (this.lineLength(text) > this.MAX_LENGTH) this.exceed(line);
    else if (line !== null) this.lineReceived(line);
    else return false;
    return true;
  }

  /**
   * Drops a line that is too long, and calls `lineLengthExceeded`.
   * @param line - the line; null: it is incomplete, and is the whole buffer
   */
  protected exceed(line: Buffer | null): void {
    this.lineLengthExceeded(line ?? this.buffer.clear());
  }

  /** The bytes of the {@link delimiter}. */
  protected get delimiterBytes(): Buffer {
    if (this.delimiter !== this.#delimiter) {
      const { delimiter } = this;
      const bytes = typeof delimiter === 'string' ? delimiter : toBytes('delimiter', delimiter);
      this.#delimiterBytes = Buffer.from(bytes as Uint8Array);
      this.#delimiter = delimiter;
    }
    if (this.#delimiterBytes.length > 0) return this.#delimiterBytes;
    throw rangeError('delimiter', 'at least one byte', this.delimiter);
  }
}
