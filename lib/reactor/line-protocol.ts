/** What protocols of lines have in common. */

import { LineBuffer } from '../stream/index.js';
import { type BytesLike, rangeError, toBytes } from '../values/index.js';
import { Protocol } from './protocol.js';

/** The base class of {@link LineReceiver} and {@link LineOnlyReceiver}. */
export abstract class LineProtocol extends Protocol {
  /** What ends a line, also what `sendLine` ends one with: bytes, or a string in UTF-8. */
  delimiter: string | BytesLike = '\r\n';
  /** The longest line that is received, in bytes without its delimiter; see `lineLengthExceeded`. */
  MAX_LENGTH = 16384;
  /** What has come and was not handed on yet. */
  protected readonly buffer = new LineBuffer();
  #isBusy = false;
  #delimiter: unknown = null;
  #delimiterBytes = Buffer.alloc(0);

  /**
   * A line has come, without its delimiter; it may be kept.
   * @throws Error where a subclass has not overridden it
   */
  lineReceived(line: Buffer): void {
    void line;
    throw new Error(`${this.constructor.name} has no method lineReceived`);
  }

  /**
   * A line is longer than `MAX_LENGTH`. Told as soon as that is sure. Loses the connection, unless
   * it is overridden.
   */
  lineLengthExceeded(line: Buffer): void {
    void line;
    this.transport.loseConnection();
  }

  /**
   * Sends a line and its delimiter.
   * @throws TypeError for a value that is not bytes
   */
  sendLine(line: BytesLike): void {
    this.transport.writeSequence([line, this.delimiterBytes]);
  }

  override dataReceived(data: Buffer): void {
    this.buffer.append(data);
    if (this.#isBusy) return; // called by what is called below, which goes on
    this.#isBusy = true;
    try {
      while (this.buffer.size > 0 && this.mayReceive && this.receiveNext());
    } finally {
      this.#isBusy = false;
    }
  }

  /** How long a line counts as. Its end may still be to come, but nothing of its delimiter is in it. */
  protected lineLength(line: Buffer): number {
    return line.length;
  }

  /** Whether what is there may be handed on. */
  protected get mayReceive(): boolean {
    return this.transport?.disconnecting !== true;
  }

  /**
   * Hands on what comes next.
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

  /** @param line - that is too long; null: it has not ended, and is all that there is */
  protected exceed(line: Buffer | null): void {
    this.lineLengthExceeded(line ?? this.buffer.clear());
  }

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
