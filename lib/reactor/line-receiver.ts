/** `LineReceiver`: a protocol that receives lines and raw data. */
import { type BytesLike, toBytes } from '../values/index.js';
import { LineProtocol } from './line-protocol.js';

const NOTHING = Buffer.alloc(0);

/**
 * A protocol that receives lines or raw data, and can switch between them. After `loseConnection`,
 * further input is ignored. `lineLengthExceeded` gets all received bytes, starting with the line that
 * is too long.
 *
 * Mirrors `twisted.protocols.basic.LineReceiver`:
 * https://docs.twisted.org/en/stable/api/twisted.protocols.basic.LineReceiver.html
 * @platform POSIX
 */
export class LineReceiver extends LineProtocol {
  /** Whether nothing is passed on until `resumeProducing`, not even bytes that were received. */
  paused = false;
  #isRaw = false;

  /**
   * Called with raw data, which may be kept.
   * @param data - at least one byte
   * @throws Error if a subclass that uses the raw mode has not overridden it
   */
  rawDataReceived(data: Buffer): void {
    void data;
    throw new Error(`${this.constructor.name} has no method rawDataReceived`);
  }

  /** Switches to raw data: `rawDataReceived` gets all further bytes, also those in the buffer. */
  setRawMode(): void {
    this.#isRaw = true;
  }

  /**
   * Switches to lines.
   * @param extra - the part of the data of `rawDataReceived` that is not raw data
   * @throws TypeError for a value that is not bytes; any error of `lineReceived`
   */
  setLineMode(extra: BytesLike = NOTHING): void {
    const bytes = toBytes('extra', extra);
    this.#isRaw = false;
    this.dataReceived(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  /**
   * Removes and returns the bytes that were not passed on.
   * @returns a copy of them
   */
  clearLineBuffer(): Buffer {
    return this.buffer.clear();
  }

  /** Stops receiving after the current line, until `resumeProducing`. */
  pauseProducing(): void {
    this.paused = true;
    this.transport.pauseProducing();
  }

  /**
   * Continues receiving; bytes in the buffer are passed on before this returns.
   * @throws any error of `lineReceived` and `rawDataReceived`
   */
  resumeProducing(): void {
    this.paused = false;
    this.transport.resumeProducing();
    this.dataReceived(NOTHING);
  }

  /** Loses the connection. */
  stopProducing(): void {
    this.paused = true;
    this.transport.stopProducing();
  }

  protected override get mayReceive(): boolean {
    return !this.paused && super.mayReceive;
  }

  protected override receiveNext(): boolean {
    if (!this.#isRaw) return super.receiveNext();
    this.rawDataReceived(this.buffer.clear());
    return true;
  }

  protected override exceed(line: Buffer | null): void {
    const rest = this.buffer.clear();
    if (line === null) this.lineLengthExceeded(rest);
    else this.lineLengthExceeded(Buffer.concat([line, this.delimiterBytes, rest]));
  }
}
