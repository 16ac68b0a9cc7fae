/** Cuts a stream of bytes into lines. */
import { rangeError, toBytes, typeError } from '../values/index.js';

const MIN_BLOCK = 64;
const NOTHING = Buffer.alloc(0);

/**
 * Holds bytes until their line is complete. No byte is searched twice. An unfinished line takes about
 * twice its size at most; an empty buffer takes no memory. It has no limit: compare {@link size} with
 * your own, such as {@link MAX_LINE}.
 * @platform POSIX
 */
export class LineBuffer {
  /** The chunk that was appended last, or a block of this object. */
  #block: Buffer = NOTHING;
  #begin = 0;
  #end = 0;
  /** Whether the block belongs to this object, so that bytes can be written after `#end`. */
  #isOwn = false;
  /** No delimiter begins before this index. */
  #searched = 0;
  #delimiter: Buffer = NOTHING;

  /** How many bytes are in it. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /**
   * Appends bytes; copies them only after an unfinished line.
   * @param bytes - must not change until {@link takeLine} returns null
   * @throws TypeError for a value that is not bytes
   */
  append(bytes: Uint8Array): void {
    toBytes('bytes', bytes);
    if (bytes.length === 0) return;
    if (this.size === 0) {
      this.#block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      this.#begin = this.#searched = 0;
      this.#end = bytes.length;
      this.#isOwn = false;
      return;
    }
    this.#makeRoom(bytes.length);
    this.#block.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * Removes the first line.
   * @param delimiter - the end of a line; at least one byte
   * @returns a copy of the line without its delimiter; null if there is no complete line
   * @throws TypeError, RangeError for a delimiter that is not a Buffer of at least one byte
   */
  takeLine(delimiter: Buffer): Buffer | null {
    checkDelimiter(delimiter);
    if (!delimiter.equals(this.#delimiter)) {
      this.#delimiter = Buffer.from(delimiter);
      this.#searched = this.#begin;
    }
    const all = this.#block.subarray(0, this.#end);
    const index = all.indexOf(delimiter, this.#searched);
    if (index < 0) {
      // The last bytes may be the beginning of a delimiter.
      this.#searched = Math.max(this.#begin, this.#end - delimiter.length + 1);
      this.#own();
      return null;
    }
    const line = copyOf(all.subarray(this.#begin, index));
    this.#begin = this.#searched = index + delimiter.length;
    return line;
  }

  /**
   * Looks at the unfinished line, for example to limit its length.
   * @param delimiter - as in {@link takeLine}
   * @returns its bytes, without those that may be the beginning of its delimiter; a view that the next
   *   call may overwrite
   * @throws as {@link takeLine}
   */
  unfinished(delimiter: Buffer): Buffer {
    checkDelimiter(delimiter);
    const all = this.#block.subarray(this.#begin, this.#end);
    for (let size = Math.min(delimiter.length - 1, all.length); size > 0; size--) {
      const rest = all.length - size;
      if (all.subarray(rest).equals(delimiter.subarray(0, size))) return all.subarray(0, rest);
    }
    return all;
  }

  /**
   * Removes everything.
   * @returns a copy of the bytes
   */
  clear(): Buffer {
    const all = copyOf(this.#block.subarray(this.#begin, this.#end));
    this.#reset();
    return all;
  }

  /** Copies the rest, if the block is the caller's or much too large. */
  #own(): void {
    if (this.size === 0) this.#reset();
    else if (!this.#isOwn || this.#block.length > 4 * this.size + MIN_BLOCK)
      this.#moveTo(this.size);
  }

  #reset(): void {
    this.#block = NOTHING;
    this.#begin = this.#searched = this.#end = 0;
    this.#isOwn = false;
  }

  #makeRoom(size: number): void {
    if (this.#isOwn && this.#end + size <= this.#block.length) return;
    this.#moveTo(Math.max(2 * (this.size + size), MIN_BLOCK));
  }

  /** Copies the bytes to a new block of this object. */
  #moveTo(size: number): void {
    const block = Buffer.allocUnsafeSlow(size);
    this.#block.copy(block, 0, this.#begin, this.#end);
    this.#searched -= this.#begin;
    this.#end -= this.#begin;
    this.#begin = 0;
    this.#block = block;
    this.#isOwn = true;
  }
}

/** Without a byte, every line would be empty, and the lines would have no end. */
function checkDelimiter(delimiter: Buffer): void {
  if (!Buffer.isBuffer(delimiter)) throw typeError('delimiter', 'a Buffer', delimiter);
  if (delimiter.length === 0) throw rangeError('delimiter', 'at least one byte', delimiter);
}

/** A copy in a separate ArrayBuffer, so that a line which a program keeps does not keep its chunk. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
