/** How loops in JavaScript are timed. */

/** Nanoseconds for each of `rounds`, since a moment of `process.hrtime.bigint()`. */
export function since(start: bigint, rounds: number): number {
  return Number(process.hrtime.bigint() - start) / rounds;
}
