/** Bytes that were read ahead, given out line by line. */

const NEWLINE = 0x0a;

export class LineSource {
  /** The beginning of a line whose end has not come. */
  #beginning: Buffer[] = [];
  /** The bytes after it, perhaps with newlines. */
  #rest: Buffer = Buffer.alloc(0);

  /** Adds bytes; only when {@link takeLine} has found no line. */
  add(bytes: Uint8Array): void {
    this.#rest = Buffer.from(bytes);
  }

  /** The first line, without its newline; null if none is complete. */
  takeLine(): Buffer | null {
    const end = this.#rest.indexOf(NEWLINE);
    if (end < 0) {
      if (this.#rest.length > 0) this.#beginning.push(this.#rest);
      this.#rest = this.#rest.subarray(this.#rest.length);
      return null;
    }
    const line = Buffer.concat([...this.#beginning, this.#rest.subarray(0, end)]);
    this.#beginning = [];
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  /** The beginning of a line that has no end; null if there is none. */
  takeBeginning(): Buffer | null {
    if (this.#beginning.length === 0) return null;
    const line = Buffer.concat(this.#beginning);
    this.#beginning = [];
    return line;
  }
}
