/** Bytes that wait for the end of their line. */

const MIN_BLOCK = 1024;

/** No byte is searched twice, and none is copied more than twice, however the stream was cut. */
export class LineBuffer {
  /** Nothing that was handed out is written over: lines can be kept. */
  #block: Buffer = Buffer.alloc(0);
  #begin = 0;
  #end = 0;
  /** Whether there may be room after `#end`: the block is its own, not a chunk of the user's. */
  #isOwn = false;
  /** Up to here there is no delimiter that begins. */
  #searched = 0;
  #delimiter: Buffer = Buffer.alloc(0);

  get size(): number {
    return this.#end - this.#begin;
  }

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
   * @param delimiter - ends a line; at least one byte
   * @returns the line without its delimiter; null where there is no whole one
   */
  takeLine(delimiter: Buffer): Buffer | null {
    if (!delimiter.equals(this.#delimiter)) {
      this.#delimiter = Buffer.from(delimiter);
      this.#searched = this.#begin;
    }
    const all = this.#block.subarray(0, this.#end);
    const index = all.indexOf(delimiter, this.#searched);
    if (index < 0) {
      // A part of it may be there already.
      this.#searched = Math.max(this.#begin, this.#end - delimiter.length + 1);
      return null;
    }
    const line = all.subarray(this.#begin, index);
    this.#begin = this.#searched = index + delimiter.length;
    return line;
  }

  /** The bytes of the line that has not ended, without those that may turn out to end it. */
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
    const all = this.#block.subarray(this.#begin, this.#end);
    this.#begin = this.#searched = this.#end;
    return all;
  }

  #makeRoom(size: number): void {
    if (this.#isOwn && this.#end + size <= this.#block.length) return;
    const block = Buffer.allocUnsafeSlow(Math.max(2 * (this.size + size), MIN_BLOCK));
    this.#block.copy(block, 0, this.#begin, this.#end);
    this.#searched -= this.#begin;
    this.#end -= this.#begin;
    this.#begin = 0;
    this.#block = block;
    this.#isOwn = true;
  }
}
