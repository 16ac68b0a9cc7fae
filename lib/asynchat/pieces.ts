/** The pieces of an unfinished message, kept in about as much memory as their size. */

/** Bytes; a piece of at least this size is not copied, unless it keeps more memory alive. */
const LARGE = 4096;

/** Bytes; the sizes of the blocks for small pieces grow from the first to the second. */
const MIN_BLOCK = 128;
const MAX_BLOCK = 65536;

const NOTHING = Buffer.alloc(0);

/** A list of pieces that the program may read and change at any time. */
export class Pieces {
  readonly list: Uint8Array[] = [];
  /** How many pieces at the beginning of the list were compacted. */
  #compacted = 0;
  /** The block to which small pieces are copied. */
  #block: Buffer = NOTHING;
  #used = 0;
  /** The part of the block that is in use: the last compacted piece. */
  #view: Uint8Array | null = null;

  /** Removes everything; returns it as one Buffer, a copy. */
  take(): Buffer {
    const all = Buffer.concat(this.list);
    this.clear();
    return all;
  }

  clear(): void {
    this.list.length = this.#compacted = this.#used = 0;
    this.#block = NOTHING;
    this.#view = null;
  }

  /**
   * Copies small pieces one after the other into a block. Otherwise each piece of one byte would be
   * an object of about 150 bytes, and might keep the large chunk alive that it is part of.
   * @param mayKeep - whether large pieces may stay where they are
   */
  compact(mayKeep: boolean): void {
    if (this.#compacted === this.list.length) return;
    for (const piece of this.list.splice(this.#compacted)) this.#keep(piece, mayKeep);
    this.#compacted = this.list.length;
  }

  #keep(piece: Uint8Array, mayKeep: boolean): void {
    const { length } = piece;
    if (mayKeep && length >= LARGE && length * 2 >= piece.buffer.byteLength) {
      this.list.push(piece);
      return;
    }
    const isLast = this.#view !== null && this.list.at(-1) === this.#view;
    if (!isLast || this.#used + length > this.#block.length) this.#begin(length);
    this.#block.set(piece, this.#used);
    this.#used += length;
    if (this.#view !== null) this.list.pop();
    this.#view = this.#block.subarray(0, this.#used);
    this.list.push(this.#view);
  }

  /** Begins a new block, twice as large as the last one. */
  #begin(size: number): void {
    const usual = Math.min(Math.max(this.#block.length * 2, MIN_BLOCK), MAX_BLOCK);
    this.#block = Buffer.allocUnsafeSlow(Math.max(usual, size));
    this.#used = 0;
    this.#view = null;
  }
}
