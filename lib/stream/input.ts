/** Memory for received bytes: a chunk that a program keeps uses about its size, and is not shared. */
import type { Socket } from '../socket/index.js';
import { RECEIVE_SIZE } from './policy.js';

/** Bytes; a chunk of at least this size keeps the block, a smaller one is copied. */
const MIN_KEPT = RECEIVE_SIZE / 2;

/** The block for the next receive; null while it is lent, or after it was given away. */
let spare: Buffer | null = null;
/** The block that was lent last, and its filled part: the next size is often the same. */
let lentBlock: Buffer = Buffer.alloc(0);
let lent: Buffer = lentBlock;

/**
 * Receives once.
 * @returns the bytes, in an ArrayBuffer that no other chunk uses; empty at the end of file; null if
 *   there are none yet
 * @throws OSError such as `ECONNRESET`
 */
export function receive(socket: Pick<Socket, 'tryRecvInto'>): Buffer | null {
  const block = takeBlock();
  let isKept = false;
  try {
    const size = socket.tryRecvInto(block);
    if (size === null) return null;
    if (size >= MIN_KEPT) {
      isKept = true;
      return block.subarray(0, size);
    }
    const chunk = Buffer.allocUnsafeSlow(size);
    block.copy(chunk, 0, 0, size);
    return chunk;
  } finally {
    if (!isKept) spare ??= block;
  }
}

/**
 * As {@link receive}, without a copy: the caller must return the bytes by {@link giveBack}; the next
 * receive after that overwrites them.
 * @param most - how many bytes at most; up to RECEIVE_SIZE
 */
export function borrow(
  socket: Pick<Socket, 'tryRecvInto'>,
  most: number = RECEIVE_SIZE,
): Buffer | null {
  const block = takeBlock();
  let size: number | null = null;
  try {
    size = socket.tryRecvInto(block, 0, most);
  } finally {
    if (size === null) spare ??= block;
  }
  if (size === null) return null;
  if (lentBlock !== block || lent.length !== size) lent = block.subarray(0, size);
  lentBlock = block;
  return lent;
}

/** @param chunk - the result of {@link borrow} */
export function giveBack(chunk: Buffer): void {
  if (chunk === lent) spare ??= lentBlock;
}

function takeBlock(): Buffer {
  const block = spare;
  spare = null;
  // A block without bytes was transferred to another thread by the program.
  return block !== null && block.length > 0 ? block : Buffer.allocUnsafeSlow(RECEIVE_SIZE);
}
