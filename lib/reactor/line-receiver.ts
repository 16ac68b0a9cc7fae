/** A protocol of lines and raw data. */
import { type BytesLike, toBytes } from '../values/index.js';
import { LineProtocol } from './line-protocol.js';

const NOTHING = Buffer.alloc(0);

/**
 * A protocol that receives lines, or raw data, or the one after the other. What has come is ignored
 * once the connection is to be lost. `lineLengthExceeded` gets everything that has come, of
 * which the line that is too long is the first.
 *
 * Mirrors `twisted.protocols.basic.LineReceiver`:
 * https://docs.twisted.org/en/stable/api/twisted.protocols.basic.LineReceiver.html
 */
export class LineReceiver extends LineProtocol {
  /** Whether nothing is received until `resumeProducing`, not even what has come already. */
  paused = false;
  #isRaw = false;

  /**
   * Raw data has come; it may be kept.
   * @throws Error where a subclass that sets the raw mode has not overridden it
   */
  rawDataReceived(data: Buffer): void {
    void data;
    throw new Error(`${this.constructor.name} has no method rawDataReceived`);
  }

  /** From now on `rawDataReceived` gets what comes, also what has come already. */
  setRawMode(): void {
    this.#isRaw = true;
  }

  /**
   * From now on lines are received.
   * @param extra - the part of the input of `rawDataReceived` that is not raw data
   */
  setLineMode(extra: BytesLike = NOTHING): void {
    const bytes = toBytes('extra', extra);
    this.#isRaw = false;
    this.dataReceived(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  /** Takes out what has come and was not handed on. */
  clearLineBuffer(): Buffer {
    return this.buffer.clear();
  }

  /** Receives nothing, from the next line on, until `resumeProducing`. */
  pauseProducing(): void {
    this.paused = true;
    this.transport.pauseProducing();
  }

  /** Receives what has come meanwhile, before this returns, and what comes. */
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
