/** The unsent bytes of one connection: a queue of blocks. */
import type { Socket } from '../socket/index.js';
import { toBytes } from '../values/index.js';

/** Bytes; the sizes of blocks grow from the first to the second. */
const MIN_BLOCK = 1024;
const MAX_BLOCK = 65536;

/** Bytes; about the memory of a receipt, its function and the function's context in V8. */
const RECEIPT_SIZE = 160;

interface Receipt {
  /** The count of sent bytes at which this receipt is due. */
  readonly position: number;
  readonly whenSent: () => void;
}

/**
 * A queue of bytes for one socket. The cost of pushing and sending depends on the bytes, not on the
 * length of the queue. An empty queue holds no memory. The queue has no limit: compare {@link size}
 * or {@link memory} with your own.
 * @platform POSIX
 */
export class OutputBuffer {
  #blocks: Buffer[] = [];
  /** The size of all blocks. */
  #capacity = 0;
  /** The position of the first unsent byte in the first block. */
  #begin = 0;
  /** The position after the last unsent byte in the last block. */
  #end = 0;
  #pushed = 0;
  #sent = 0;
  #receipts: Receipt[] = [];
  /** How many receipts at the beginning of the array have been called. */
  #given = 0;

  /** How many bytes are unsent. */
  get size(): number {
    return this.#pushed - this.#sent;
  }

  /** Bytes; about the memory it uses, receipts included. */
  get memory(): number {
    return this.#capacity + RECEIPT_SIZE * this.#receipts.length;
  }

  /**
   * Appends a copy of `bytes`.
   * @param whenSent - called by {@link sendTo} when the kernel has taken the last of them; must not
   *   throw. Not called after {@link clear}
   * @throws TypeError for a value that is not bytes
   */
  push(bytes: Uint8Array, whenSent?: () => void): void {
    toBytes('bytes', bytes);
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
   * Sends until the buffer is empty or the kernel takes no more; send(2). Never waits.
   *
   * @param socket - connected: a Socket, or an object with its method `trySend`
   * @param limit - the most bytes to send; default: no limit
   * @returns how many bytes were sent
   * @throws OSError such as `ECONNRESET`, `EPIPE`; the bytes that were not sent stay in the buffer
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

  /** Drops everything, without calling receipts. */
  clear(): void {
    this.#blocks = [];
    this.#capacity = this.#begin = this.#end = this.#given = 0;
    this.#sent = this.#pushed;
    this.#receipts = [];
  }

  /** @param wanted - bytes that will be pushed; a large number gets a block of exactly that size */
  #blockWithRoom(wanted: number): Buffer {
    const last = this.#blocks.at(-1);
    if (last !== undefined && this.#end < last.length) return last;
    const usual = Math.min(Math.max(this.#capacity, MIN_BLOCK), MAX_BLOCK);
    const block = Buffer.allocUnsafeSlow(Math.max(usual, wanted));
    this.#blocks.push(block);
    this.#capacity += block.length;
    this.#end = 0;
    return block;
  }

  #dropFirstBlock(): void {
    this.#capacity -= (this.#blocks.shift() as Buffer).length;
    this.#begin = 0;
  }

  #giveReceipts(): void {
    for (;;) {
      const receipt = this.#receipts[this.#given];
      if (receipt === undefined || receipt.position > this.#sent) break;
      this.#given++;
      receipt.whenSent();
    }
    // Not each time: removing the called receipts moves all others.
    if (this.#given * 2 <= this.#receipts.length) return;
    this.#receipts.splice(0, this.#given);
    this.#given = 0;
  }
}
