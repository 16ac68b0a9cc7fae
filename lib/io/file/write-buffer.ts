/** The buffer for bytes that were written and not sent yet. */
import { noRoomToWrite } from './base.js';
import type { RawIO } from './raw.js';

/**
 * A block of bytes over a raw file. Bytes that cannot be sent stay in the block as far as they fit,
 * so that the next flush reports the error again and a loss is not hidden. Such an error has
 * `charactersWritten`, as Python's BlockingIOError: how much of the data was sent or is in the
 * block.
 */
export class WriteBuffer {
  readonly #raw: RawIO;
  readonly #block: Buffer;
  #begin = 0;
  #end = 0;

  constructor(raw: RawIO, size: number) {
    this.#raw = raw;
    this.#block = Buffer.allocUnsafeSlow(size);
  }

  /** The number of waiting bytes. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** Takes bytes; if they do not fit, the waiting bytes are sent first, then these. */
  write(data: Uint8Array): void {
    if (data.length <= this.#block.length - this.#end) {
      this.#keep(data);
      return;
    }
    let rest = data;
    try {
      if (this.#sendAll()) {
        while (rest.length > this.#block.length) {
          const sent = this.#raw.write(rest);
          if (sent === null) break;
          rest = rest.subarray(sent);
        }
      }
    } catch (error) {
      rest = rest.subarray(this.#keep(rest));
      throw Object.assign(error as Error, { charactersWritten: data.length - rest.length });
    }
    rest = rest.subarray(this.#keep(rest));
    if (rest.length > 0) throw noRoomToWrite(this.#raw.calls, data.length - rest.length);
  }

  /**
   * Sends the waiting bytes.
   * @throws OSError `EAGAIN` if a non-blocking socket does not take all of them
   */
  flush(): void {
    if (!this.#sendAll()) throw noRoomToWrite(this.#raw.calls, 0);
  }

  /** Sends the waiting bytes; false if some of them would have to wait longer. */
  #sendAll(): boolean {
    while (this.size > 0) {
      const sent = this.#raw.write(this.#block.subarray(this.#begin, this.#end));
      if (sent === null) return false;
      this.#begin += sent;
    }
    this.#begin = this.#end = 0;
    return true;
  }

  /** Copies as many bytes as fit; returns their number. */
  #keep(data: Uint8Array): number {
    if (this.#begin > 0) {
      this.#block.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    const size = Math.min(data.length, this.#block.length - this.#end);
    this.#block.set(data.subarray(0, size), this.#end);
    this.#end += size;
    return size;
  }
}
