/** The buffer for bytes that were received and not read yet. */
import type { RawIO } from './raw.js';

/** Memory grows with the bytes that come, not with the wanted size, in steps of at least this. */
const STEP = 65536;

/** A queue of bytes over a raw file. An error loses no bytes: they stay in the queue. */
export class ReadBuffer {
  readonly #raw: RawIO;
  /** The maximum number of bytes to read ahead. */
  readonly #ahead: number;
  #block: Buffer = Buffer.allocUnsafeSlow(0);
  #begin = 0;
  #end = 0;

  constructor(raw: RawIO, ahead: number) {
    this.#raw = raw;
    this.#ahead = ahead;
  }

  /** The number of bytes in the buffer. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** The first position of a byte, from `from` on; -1 if there is none. */
  indexOf(byte: number, from: number): number {
    const index = this.#block.subarray(0, this.#end).indexOf(byte, this.#begin + from);
    return index < 0 ? -1 : index - this.#begin;
  }

  /**
   * Reads once more.
   * @param missing - the number of bytes for which the caller waits, if it is known
   * @returns the number of bytes that have come; 0 at the end of the stream; null if it would have
   *   to wait
   */
  receive(missing = 0): number | null {
    const most = Math.max(this.#ahead, Math.min(missing, STEP));
    this.#makeRoom(most);
    const received = this.#raw.readinto(this.#block.subarray(this.#end, this.#end + most));
    this.#end += received ?? 0;
    return received;
  }

  /** A copy of all bytes in the buffer. */
  copy(): Buffer {
    return Buffer.from(this.#block.subarray(this.#begin, this.#end));
  }

  /** The first `size` bytes, or all there are, in a Buffer of their own. */
  take(size: number): Buffer {
    const end = Math.min(this.#begin + size, this.#end);
    const bytes = Buffer.from(this.#block.subarray(this.#begin, end));
    this.#begin = end;
    return bytes;
  }

  /** Makes room for `most` bytes at the end; memory for a long line is not kept after it. */
  #makeRoom(most: number): void {
    const { size } = this;
    if (this.#block.length - this.#end >= most && size > 0) return;
    const fits = this.#block.length - size >= most;
    const isMuchTooLarge = this.#block.length > 2 * (size + most);
    const block = fits && !isMuchTooLarge ? this.#block : allocate(size, most);
    this.#block.copy(block, 0, this.#begin, this.#end);
    this.#block = block;
    this.#begin = 0;
    this.#end = size;
  }
}

/** Allocates twice the used size, so that a long line is not copied again with each packet. */
function allocate(size: number, most: number): Buffer {
  return Buffer.allocUnsafeSlow(size === 0 ? most : 2 * size + most);
}
