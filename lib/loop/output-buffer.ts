/** Bytes that were promised and that the kernel has not taken yet. */
import type { Socket } from '../socket/index.js';

/** Bytes; the smallest block of memory: neither an object for each byte nor one growing copy. */
const BLOCK_SIZE = 16384;

interface Receipt {
  /** How many bytes have gone out when this one's are among them. */
  readonly position: number;
  readonly whenSent: () => void;
}

/**
 * A queue of bytes for one socket. Pushing and sending cost as much as the bytes do, however many
 * wait. It has no limit: that is for those who push.
 */
export class OutputBuffer {
  #blocks: Buffer[] = [];
  /** Where the unsent bytes begin in the first block. */
  #begin = 0;
  /** Where they end in the last block. */
  #end = 0;
  #pushed = 0;
  #sent = 0;
  #receipts: Receipt[] = [];

  /** How many bytes are waiting. */
  get size(): number {
    return this.#pushed - this.#sent;
  }

  /**
   * Appends a copy of `bytes`.
   * @param whenSent - is called when the kernel has taken the last of them
   */
  push(bytes: Uint8Array, whenSent?: () => void): void {
    for (let copied = 0; copied < bytes.length; ) {
      const block = this.#blockWithRoom(bytes.length - copied);
      const size = Math.min(bytes.length - copied, block.length - this.#end);
      block.set(bytes.subarray(copied, copied + size), this.#end);
      this.#end += size;
      copied += size;
    }
    this.#pushed += bytes.length;
    if (whenSent !== undefined) this.#receipts.push({ position: this.#pushed, whenSent });
  }

  /**
   * Sends until nothing is left or the kernel takes no more; a send() that takes a part of what it
   * was given is nothing special.
   *
   * @param limit - bytes; no more than this. Default: no limit
   * @returns how many bytes were sent
   * @throws OSError such as `ECONNRESET`, `EPIPE`
   */
  sendTo(socket: Pick<Socket, 'trySend'>, limit = Infinity): number {
    const sentBefore = this.#sent;
    while (this.size > 0) {
      const block = this.#blocks[0] as Buffer;
      const end = this.#blocks.length === 1 ? this.#end : block.length;
      const size = Math.min(end - this.#begin, limit - (this.#sent - sentBefore));
      if (size === 0) break;
      const taken = socket.trySend(block, this.#begin, size);
      if (taken === null) break;
      this.#begin += taken;
      this.#sent += taken;
      if (this.#begin === end) this.#dropFirstBlock();
      if (taken < size) break;
    }
    this.#giveReceipts();
    return this.#sent - sentBefore;
  }

  /** Forgets everything. */
  clear(): void {
    this.#blocks = [];
    this.#begin = this.#end = 0;
    this.#sent = this.#pushed;
    this.#receipts = [];
  }

  /** @param wanted - bytes that are to be pushed: many of them get a block of their own */
  #blockWithRoom(wanted: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#end < last.length) return last;
    const block = Buffer.allocUnsafeSlow(Math.max(BLOCK_SIZE, wanted));
    this.#blocks.push(block);
    this.#end = 0;
    return block;
  }

  /** A small last one stays for the next push(): most answers fit in it. */
  #dropFirstBlock(): void {
    this.#begin = 0;
    if (this.#blocks.length > 1 || (this.#blocks[0] as Buffer).length > BLOCK_SIZE) {
      this.#blocks.shift();
    } else {
      this.#end = 0;
    }
  }

  #giveReceipts(): void {
    if (this.#receipts.length === 0) return;
    let given = 0;
    while ((this.#receipts[given]?.position ?? Infinity) <= this.#sent) given++;
    for (const { whenSent } of this.#receipts.splice(0, given)) whenSent();
  }
}
