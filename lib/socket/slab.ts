/** Memory for the results of recv(): large chunks share a block, small ones are copied. */

const BLOCK_SIZE = 131072;
/** The maximum size to receive into a block; if a block has less room left, the rest is not used. */
export const MAX_CHUNK = BLOCK_SIZE / 2;
/** A chunk of up to this size is copied, so that keeping it does not keep a whole block. */
const MAX_COPY = 512;
/** Chunks begin at multiples of this, so that typed arrays can be made on them. */
const ALIGNMENT = 8;

/** The current block. Receive into it from `used` on, then {@link Slab.take} the received bytes. */
export class Slab {
  #block: Buffer = Buffer.alloc(0);
  used = 0;

  /** The block, with room for `size` bytes; at most {@link MAX_CHUNK}. */
  reserve(size: number): Buffer {
    if (this.#block.length - this.used < size) this.#renew();
    return this.#block;
  }

  /** The first `size` bytes from `used` on, in memory that is not used again. */
  take(size: number): Buffer {
    const begin = this.used;
    const end = begin + size;
    if (size <= MAX_COPY) {
      const copy = Buffer.allocUnsafe(size);
      this.#block.copy(copy, 0, begin, end);
      return copy;
    }
    this.used = (end + ALIGNMENT - 1) & -ALIGNMENT;
    return this.#block.subarray(begin, end);
  }

  #renew(): void {
    this.#block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
    this.used = 0;
    // As Node does with the pool of small Buffers: transferring one chunk would empty the others.
    const { markAsUntransferable } = process.getBuiltinModule('node:worker_threads');
    markAsUntransferable(this.#block.buffer);
  }
}
