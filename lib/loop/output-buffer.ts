/** Bytes that were promised and that the kernel has not taken yet. */
import type { Socket } from '../socket/socket.js';

/** Memory comes in blocks of this size: neither an object for each byte nor one growing copy. */
const BLOCK_SIZE = 16384;

interface Receipt {
  /** How many bytes have gone out when this one's are among them. */
  readonly position: number;
  readonly whenSent: () => void;
}

/** A queue of bytes. Pushing and sending cost as much as the bytes do, however many wait. */
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
      const block = this.#blockWithRoom();
      const size = Math.min(bytes.length - copied, BLOCK_SIZE - this.#end);
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
   * @param limit - bytes; no more than this. Default: no limit
   * @returns how many bytes were sent
   * @throws OSError such as `ECONNRESET`, `EPIPE`
   */
  sendTo(socket: Pick<Socket, 'trySend'>, limit = Infinity): number {
    const sentBefore = this.#sent;
    const last = sentBefore + Math.min(limit, this.size);
    while (this.#sent < last) {
      const block = this.#blocks[0] as Buffer;
      const blockEnd = this.#blocks.length === 1 ? this.#end : BLOCK_SIZE;
      const end = Math.min(blockEnd, this.#begin + last - this.#sent);
      const taken = socket.trySend(block, this.#begin, end - this.#begin);
      if (taken === null) break;
      this.#begin += taken;
      this.#sent += taken;
      if (this.#begin < end) break;
      if (end === blockEnd) this.#dropFirstBlock();
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

  #blockWithRoom(): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#end < BLOCK_SIZE) return last;
    const block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
    this.#blocks.push(block);
    this.#end = 0;
    return block;
  }

  /** The last one stays for the next push(): most answers fit in it. */
  #dropFirstBlock(): void {
    this.#begin = 0;
    if (this.#blocks.length > 1) this.#blocks.shift();
    else this.#end = 0;
  }

  #giveReceipts(): void {
    let given = 0;
    while ((this.#receipts[given]?.position ?? Infinity) <= this.#sent) given++;
    for (const { whenSent } of this.#receipts.splice(0, given)) whenSent();
  }
}
