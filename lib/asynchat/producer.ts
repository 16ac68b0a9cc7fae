/** Producers: objects that make data when the socket has room for it. */
import { type BytesLike, integer, toBytes } from '../values/index.js';

/** Makes data piece by piece. */
export interface Producer {
  /** Returns the next piece; null, undefined or an empty one at the end. */
  more(): BytesLike | null | undefined;
}

/**
 * Gives bytes piece by piece.
 *
 * Mirrors `asynchat.simple_producer`.
 */
export class SimpleProducer implements Producer {
  #data: Uint8Array;
  readonly #bufferSize: number;

  /**
   * @param bufferSize - the most bytes of a piece; default: 512
   * @throws TypeError for data that is not bytes; RangeError for a size that is not positive
   */
  constructor(data: BytesLike, bufferSize = 512) {
    this.#data = toBytes('data', data);
    this.#bufferSize = integer('bufferSize', bufferSize, 1, Number.MAX_SAFE_INTEGER);
  }

  more(): Uint8Array {
    const piece = this.#data.subarray(0, this.#bufferSize);
    this.#data = this.#data.subarray(piece.length);
    return piece;
  }
}

export function isProducer(value: unknown): value is Producer {
  return typeof (value as Producer | null | undefined)?.more === 'function';
}
