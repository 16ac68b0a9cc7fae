/** Producers: objects that make data when the socket has room for it. */
import { type BytesLike, integer, toBytes } from '../values/index.js';

/** Makes data piece by piece, for `AsyncChat.pushWithProducer`. */
export interface Producer {
  /**
   * Called when everything before its data was sent. An error that it throws is passed to `handleError`
   * of the channel by a loop.
   * @returns the next piece; null, undefined or an empty one at the end
   */
  more(): BytesLike | null | undefined;
}

/**
 * Gives bytes piece by piece.
 *
 * Mirrors `asynchat.simple_producer`.
 * @platform POSIX
 */
export class SimpleProducer implements Producer {
  #data: Uint8Array;
  readonly #bufferSize: number;

  /**
   * @param data - not a string; not copied
   * @param bufferSize - the most bytes of a piece; default: 512
   * @throws TypeError for data that is not bytes; TypeError, RangeError for a size that is not a positive
   *   integer
   */
  constructor(data: BytesLike, bufferSize = 512) {
    this.#data = toBytes('data', data);
    this.#bufferSize = integer('bufferSize', bufferSize, 1, Number.MAX_SAFE_INTEGER);
  }

  /** @returns the next piece, a view of the data; empty at the end */
  more(): Uint8Array {
    const piece = this.#data.subarray(0, this.#bufferSize);
    this.#data = this.#data.subarray(piece.length);
    return piece;
  }
}

export function isProducer(value: unknown): value is Producer {
  return typeof (value as Producer | null | undefined)?.more === 'function';
}
