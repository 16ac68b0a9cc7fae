/** The statistics of the suite: medians with their spread, paired ratios with confidence intervals. */
import { geometricMean, median, quantile, sampleWithReplacement } from 'simple-statistics';

/** How sure an interval is. */
const CONFIDENCE = 0.95;
const RESAMPLES = 2000;
/** Always the same: the same measurements give the same report. */
const SEED = 0x5eed;

export interface Spread {
  median: number;
  /** The quartiles. */
  low: number;
  high: number;
}

/** A number and the interval in which it lies with a confidence of 95 %. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/** Two contenders' values, one of each round. */
export interface Pair {
  of: readonly number[];
  to: readonly number[];
}

/** @throws Error where there are no values */
export function spread(values: readonly number[]): Spread {
  const [low, middle, high] = quantile([...values], [0.25, 0.5, 0.75]) as [number, number, number];
  return { median: middle, low, high };
}

/** Round by round: what disturbs both contenders of a round cancels out. */
export function pairedRatios({ of, to }: Pair): number[] {
  if (of.length !== to.length) throw new Error(`${of.length} values beside ${to.length}`);
  return of.map((value, i) => value / (to[i] as number));
}

/** The median of the paired ratios. */
export function ratio(pair: Pair): Estimate {
  return meanRatio([pair]);
}

/**
 * The geometric mean, over several cells, of the medians of their paired ratios. The interval is the
 * bootstrap's: the rounds are drawn anew, with replacement, all cells of a round together.
 *
 * @param pairs - one of each cell, all with as many rounds
 */
export function meanRatio(pairs: readonly Pair[]): Estimate {
  const cells = pairs.map(pairedRatios);
  const value = geometricMean(cells.map((ratios) => median(ratios)));
  const rounds = Math.min(...cells.map((ratios) => ratios.length));
  const random = seededRandom(SEED);
  const indices = Array.from({ length: rounds }, (_, i) => i);
  const drawn = Array.from({ length: RESAMPLES }, () => {
    const chosen = sampleWithReplacement(indices, rounds, random);
    return geometricMean(
      cells.map((ratios) => median(chosen.map((round) => ratios[round] as number))),
    );
  });
  const tail = (1 - CONFIDENCE) / 2;
  const [low, high] = quantile(drawn, [tail, 1 - tail]) as [number, number];
  return { value, low, high };
}

/** Whether two estimates differ by more than chance. */
export function areApart(a: Estimate, b: Estimate): boolean {
  return a.low > b.high || b.low > a.high;
}

/**
 * The median of distributions, share by share.
 * @param curves - pairs of a value and the share of values up to it, all with the same shares from
 *   the first one on; as far as the shortest one reaches
 */
export function medianCurve(curves: readonly (readonly [number, number][])[]): [number, number][] {
  const length = Math.min(...curves.map((curve) => curve.length));
  return Array.from({ length }, (_, i) => {
    const points = curves.map((curve) => curve[i] as [number, number]);
    return [median(points.map(([value]) => value)), (points[0] as [number, number])[1]];
  });
}

/**
 * Where two curves cross, on logarithmic axes; null: nowhere between their ends.
 * @param xs - ascending
 */
export function crossing(
  xs: readonly number[],
  a: readonly number[],
  b: readonly number[],
): number | null {
  const gap = (i: number) => Math.log((a[i] as number) / (b[i] as number));
  for (let i = 1; i < xs.length; i++) {
    const [before, after] = [gap(i - 1), gap(i)];
    if (before === 0 || Math.sign(before) === Math.sign(after)) continue;
    const share = before / (before - after);
    const [from, to] = [Math.log(xs[i - 1] as number), Math.log(xs[i] as number)];
    return Math.exp(from + share * (to - from));
  }
  return null;
}

/** Numbers from 0 to 1 that are the same for the same seed: Marsaglia's xorshift with 32 bits. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
