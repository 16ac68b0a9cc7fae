/**
 * Wake-ups, measured in the same way in all contenders: a file descriptor becomes readable and
 * holds the time at which it did: 8 bytes, CLOCK_MONOTONIC in nanoseconds.
 */

export const STAMP_SIZE = 8;

/** For each wake-up the nanoseconds from "ready" until ... */
export interface Delays {
  /** ... the waiting code got the event. */
  told: number[];
  /** ... it had read the bytes. */
  data: number[];
}

/** Collects delays. Where several become ready together, the last one counts. */
export class Stamps {
  readonly fds: readonly number[];
  readonly #stamp = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#stamp.buffer);
  readonly #onBatch: () => void;
  #told = 0n;
  #delays: Delays = { told: [], data: [] };
  #wanted = 0;
  #seen = 0;

  /** @param onBatch - called when the data of all that became ready together was read */
  constructor(fds: readonly number[], onBatch: () => void) {
    this.fds = fds;
    this.#onBatch = onBatch;
  }

  /** Starts a new collection. */
  want(count: number): void {
    this.#wanted = count;
    this.#delays = { told: [], data: [] };
    this.#seen = 0;
  }

  get isComplete(): boolean {
    return this.#delays.told.length >= this.#wanted;
  }

  get delays(): Delays {
    return this.#delays;
  }

  /** Call it when the waiting code gets the event. */
  told(): void {
    this.#told = process.hrtime.bigint();
  }

  /**
   * Call it with the bytes that were read; more than one stamp if the reader was late.
   * @throws Error if no more are wanted: an uncounted one would be lost
   */
  took(data: Uint8Array): void {
    const now = process.hrtime.bigint();
    for (let i = 0; i < data.length; i += STAMP_SIZE) {
      this.#bytes.set(data.subarray(i, i + STAMP_SIZE));
      this.#record(now);
    }
  }

  #record(now: bigint): void {
    if (this.isComplete) throw new Error('woken up once more than was asked for');
    if (++this.#seen % this.fds.length !== 0) return;
    const ready = this.#stamp[0] as bigint;
    this.#delays.told.push(Number(this.#told - ready));
    this.#delays.data.push(Number(now - ready));
    this.#onBatch();
  }
}
