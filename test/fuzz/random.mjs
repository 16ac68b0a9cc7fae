/** The same numbers for the same seed: xorshift32. */
let state = Number(process.argv[2]) | 1;

export function random(limit) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % limit;
}

export const pick = (list) => list[random(list.length)];

/** Calls; undefined where that throws. Nothing but an Error may be thrown. */
export function attempt(run) {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return undefined;
  }
}
