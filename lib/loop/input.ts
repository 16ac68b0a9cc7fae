/** Memory for what is received: a slice of a block for each chunk, so that chunks can be kept. */
import type { Socket } from '../socket/index.js';

const BLOCK_SIZE = 131072;
/** What one recv() takes at the most: whoever has more to say waits for the next turn. */
const MAX_CHUNK = 65536;
/** A block with less room is given up. */
const MIN_CHUNK = 32768;

let block = Buffer.allocUnsafeSlow(0);
let used = 0;

/**
 * Receives once.
 * @returns the bytes, which are the caller's; none at the end; null where there are none yet
 * @throws OSError such as `ECONNRESET`
 */
export function receive(socket: Socket): Buffer | null {
  if (block.length - used < MIN_CHUNK) {
    block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
    used = 0;
  }
  const size = socket.tryRecvInto(block, used, Math.min(MAX_CHUNK, block.length - used));
  if (size === null) return null;
  const chunk = block.subarray(used, used + size);
  used += size;
  return chunk;
}

/**
 * Takes back what nobody keeps, so that the next bytes come into the same memory: what has just been
 * used is in the processor's cache. Nothing where more was received in the meantime.
 * @param chunk - of {@link receive}
 */
export function takeBack(chunk: Buffer): void {
  const isLast = chunk.buffer === block.buffer && chunk.byteOffset + chunk.length === used;
  if (isLast) used = chunk.byteOffset;
}
