/** The statistics of the suite: medians with their spread, ratios with exact confidence intervals. */
import { binomialDistribution, geometricMean, median, quantile } from 'simple-statistics';

/** The confidence of an interval. */
const CONFIDENCE = 0.95;
/** With fewer rounds, all may lie on one side of the true median with a probability above 5 %. */
export const ENOUGH_ROUNDS = Math.ceil(1 - Math.log2(1 - CONFIDENCE));

export interface Spread {
  median: number;
  /** The quartiles. */
  low: number;
  high: number;
}

/** A number and the interval in which it lies. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  /**
   * Whether it lies there with a confidence of at least 95 %. Fewer than six rounds are not enough: the
   * interval is then only the smallest and the largest of them.
   */
  isSure: boolean;
}

/** Two contenders' values, one of each round. */
export interface Pair {
  of: readonly number[];
  to: readonly number[];
  /** Whether the values are exact counts, which have no noise. */
  isExact?: boolean;
}

/** @throws Error if there are no values */
export function spread(values: readonly number[]): Spread {
  const [low, middle, high] = quantile([...values], [0.25, 0.5, 0.75]) as [number, number, number];
  return { median: middle, low, high };
}

/**
 * Whether a pair has ratios. A difference of two readings, such as memory per connection, may be zero
 * or less: it is then not above the noise, and a ratio of it means nothing.
 */
export function hasRatios({ of, to, isExact = false }: Pair): boolean {
  return isExact || [...of, ...to].every((value) => value > 0);
}

/** The ratio of each round: a disturbance of both contenders cancels out. */
export function pairedRatios({ of, to }: Pair): number[] {
  if (of.length !== to.length) throw new Error(`${of.length} values beside ${to.length}`);
  return of.map((value, i) => value / (to[i] as number));
}

/**
 * The median, with an interval that holds for any distribution: the number of n values below the
 * median is binomially distributed, so the ranks of the interval's ends follow from n alone.
 */
function medianEstimate(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const chances = binomialDistribution(sorted.length, 0.5) ?? [];
  // The interval may begin at the next rank as long as both tails together stay improbable.
  let rank = 0;
  let tail = chances[0] ?? 1;
  const isSure = 2 * tail <= 1 - CONFIDENCE;
  while (2 * (tail + (chances[rank + 1] ?? 1)) <= 1 - CONFIDENCE) {
    rank++;
    tail += chances[rank] as number;
  }
  const [low, high] = [sorted[rank], sorted.at(-1 - rank)] as [number, number];
  return { value: median(sorted), low, high, isSure };
}

/** The median of the paired ratios. */
export function ratio(pair: Pair): Estimate {
  return medianEstimate(pairedRatios(pair));
}

/**
 * The median, over the rounds, of the geometric mean of each round's ratios in several cells.
 *
 * @param pairs - one of each cell, all with as many rounds
 */
export function meanRatio(pairs: readonly Pair[]): Estimate {
  const cells = pairs.map(pairedRatios);
  const rounds = Math.min(...cells.map((ratios) => ratios.length));
  const means = Array.from({ length: rounds }, (_, round) =>
    geometricMean(cells.map((ratios) => ratios[round] as number)),
  );
  return medianEstimate(means);
}

/** Whether two estimates with enough rounds differ by more than the noise. */
export function areApart(a: Estimate, b: Estimate): boolean {
  return a.isSure && b.isSure && (a.low > b.high || b.low > a.high);
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
