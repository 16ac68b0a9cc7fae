/**
 * Wake-ups as they are measured everywhere: a file descriptor becomes readable and holds the time,
 * 8 bytes of CLOCK_MONOTONIC nanoseconds, at which it did.
 */
import { readSync } from 'node:fs';

const STAMP_SIZE = 8;

/** Collects how long it took from "ready" until the waiting code was told. */
export class Stamps {
  readonly fds: readonly number[];
  readonly #stamp = new BigUint64Array(1);
  readonly #bytes = new Uint8Array(this.#stamp.buffer);
  readonly #onBatch: () => void;
  #told = 0n;
  #delays: number[] = [];
  #wanted = 0;
  #seen = 0;

  /** @param onBatch - called when all file descriptors, which become ready together, were told */
  constructor(fds: readonly number[], onBatch: () => void) {
    this.fds = fds;
    this.#onBatch = onBatch;
  }

  /** Begins to collect anew. */
  want(count: number): void {
    this.#wanted = count;
    this.#delays = [];
    this.#seen = 0;
  }

  get isComplete(): boolean {
    return this.#delays.length >= this.#wanted;
  }

  get delays(): number[] {
    return this.#delays;
  }

  /** The waiting code has just been told. */
  told(): void {
    this.#told = process.hrtime.bigint();
  }

  /** Reads the stamp of a file descriptor. */
  take(fd: number): void {
    readSync(fd, this.#bytes);
    this.#record();
  }

  /** What was read already; more than one stamp, if the reader was late. */
  takeBytes(data: Uint8Array): void {
    for (let i = 0; i < data.length; i += STAMP_SIZE) {
      this.#bytes.set(data.subarray(i, i + STAMP_SIZE));
      this.#record();
    }
  }

  #record(): void {
    // From the first write until the last was told: what one reads with is not compared.
    if (++this.#seen % this.fds.length !== 0) return;
    if (!this.isComplete) this.#delays.push(Number(this.#told - (this.#stamp[0] as bigint)));
    this.#onBatch();
  }
}
