/** The pieces of an unfinished message, kept so that they cost about their size. */

/** Bytes; a piece of this size and more is kept as it is, unless it keeps more memory alive. */
const LARGE = 4096;

/** Bytes; blocks for small pieces grow from the one size to the other. */
const MIN_BLOCK = 128;
const MAX_BLOCK = 65536;

const NOTHING = Buffer.alloc(0);

/** A list of pieces that its user may read and change at any time. */
export class Pieces {
  readonly list: Uint8Array[] = [];
  /** How many at the beginning of the list were compacted. */
  #compacted = 0;
  /** Where small pieces are copied to. */
  #block: Buffer = NOTHING;
  #used = 0;
  /** The part of the block that is in use: the last compacted piece. */
  #view: Uint8Array | null = null;

  /** Takes everything out, as one Buffer with memory of its own. */
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
   * Copies small pieces, one behind the other. Kept as they are, a thousand pieces of one byte are a
   * thousand objects of about 150 bytes, and each may keep a large chunk alive that it is a part of.
   */
  compact(): void {
    if (this.#compacted === this.list.length) return;
    for (const piece of this.list.splice(this.#compacted)) this.#keep(piece);
    this.#compacted = this.list.length;
  }

  #keep(piece: Uint8Array): void {
    const { length } = piece;
    if (length >= LARGE && length * 2 >= piece.buffer.byteLength) {
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
