/** Nanoseconds of CLOCK_MONOTONIC since an origin, which all threads of a recording share. */

const hrtime = process.hrtime.bind(process);
const SECOND = 1_000_000_000;

/** Now, as the decimal digits that are handed from thread to thread. */
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
