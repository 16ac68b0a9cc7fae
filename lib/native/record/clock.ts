/** The clock of a recording: nanoseconds of CLOCK_MONOTONIC since an origin that all threads share. */

const hrtime = process.hrtime.bind(process);
const SECOND = 1_000_000_000;

/** The current time in decimal digits, to be passed to other threads. */
export function originNow(): string {
  return String(process.hrtime.bigint());
}

export function clockSince(origin: string): () => number {
  const start = BigInt(origin);
  const seconds = Number(start / BigInt(SECOND));
  const nanoseconds = Number(start % BigInt(SECOND));
  return () => {
    const [s, ns] = hrtime();
    return (s - seconds) * SECOND + (ns - nanoseconds);
  };
}
