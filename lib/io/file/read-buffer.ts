/** Bytes that were received and not asked for yet. */
import type { RawIO } from './raw.js';

/** However much is asked for, memory is made for what has come, in steps of at least this. */
const STEP = 65536;

/** A queue of bytes before a raw file. What an error interrupts loses nothing: it stays queued. */
export class ReadBuffer {
  readonly #raw: RawIO;
  /** What is read ahead at the most. */
  readonly #ahead: number;
  #block: Buffer = Buffer.allocUnsafeSlow(0);
  #begin = 0;
  #end = 0;

  constructor(raw: RawIO, ahead: number) {
    this.#raw = raw;
    this.#ahead = ahead;
  }

  /** How many bytes are here. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** Where a byte is first, from the position `from` on; -1 where it is not. */
  indexOf(byte: number, from: number): number {
    const index = this.#block.subarray(0, this.#end).indexOf(byte, this.#begin + from);
    return index < 0 ? -1 : index - this.#begin;
  }

  /**
   * Reads once more.
   * @param missing - how many bytes the caller is waiting for, where it knows
   * @returns how many bytes have come; 0 at the end of the stream; null where it would have to wait
   */
  receive(missing = 0): number | null {
    const most = Math.max(this.#ahead, Math.min(missing, STEP));
    this.#makeRoom(most);
    const received = this.#raw.readInto(this.#block.subarray(this.#end, this.#end + most));
    this.#end += received ?? 0;
    return received;
  }

  /** A copy of all bytes that are here. */
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

  /** Room for `most` bytes at the end; what a long line has needed is not kept after it. */
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

/** Twice what is used, so that a long line is copied a few times and not with each packet. */
function allocate(size: number, most: number): Buffer {
  return Buffer.allocUnsafeSlow(size === 0 ? most : 2 * size + most);
}
