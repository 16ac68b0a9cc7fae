/** Cuts a stream of bytes into lines. */

const MIN_BLOCK = 64;
const NOTHING = Buffer.alloc(0);

/**
 * The bytes that wait for the end of their line. No byte is searched twice, and an unfinished line
 * costs at most about twice its size. An empty one holds no memory.
 */
export class LineBuffer {
  /** The chunk that was appended last, or a block of its own. */
  #block: Buffer = NOTHING;
  #begin = 0;
  #end = 0;
  /** Whether the block is its own, so that bytes can be written behind `#end`. */
  #isOwn = false;
  /** No delimiter begins before this index. */
  #searched = 0;
  #delimiter: Buffer = NOTHING;

  /** How many bytes are in it. */
  get size(): number {
    return this.#end - this.#begin;
  }

  /** Appends bytes; they are read until {@link takeLine} returns null, which copies the rest. */
  append(bytes: Uint8Array): void {
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
   * Takes the first line out.
   * @param delimiter - what ends a line; at least one byte
   * @returns the line without its delimiter, in memory of its own; null if there is no whole line
   */
  takeLine(delimiter: Buffer): Buffer | null {
    if (!delimiter.equals(this.#delimiter)) {
      this.#delimiter = Buffer.from(delimiter);
      this.#searched = this.#begin;
    }
    const all = this.#block.subarray(0, this.#end);
    const index = all.indexOf(delimiter, this.#searched);
    if (index < 0) {
      // The end of the bytes may be the beginning of a delimiter.
      this.#searched = Math.max(this.#begin, this.#end - delimiter.length + 1);
      this.#own();
      return null;
    }
    const line = copyOf(all.subarray(this.#begin, index));
    this.#begin = this.#searched = index + delimiter.length;
    return line;
  }

  /** The bytes of the unfinished line, without those that may turn out to be its delimiter. */
  unfinished(delimiter: Buffer): Buffer {
    const all = this.#block.subarray(this.#begin, this.#end);
    for (let size = Math.min(delimiter.length - 1, all.length); size > 0; size--) {
      const rest = all.length - size;
      if (all.subarray(rest).equals(delimiter.subarray(0, size))) return all.subarray(0, rest);
    }
    return all;
  }

  /** Takes everything out. */
  clear(): Buffer {
    const all = copyOf(this.#block.subarray(this.#begin, this.#end));
    this.#reset();
    return all;
  }

  /** Copies the rest of a larger block, which may be the caller's. */
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

  /** Moves to a new block of its own. */
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

/** In an ArrayBuffer of its own, so that a line which is kept does not keep its whole chunk. */
function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
