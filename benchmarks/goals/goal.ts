/** A goal: a ratio of two contenders that a run must show. */
import { median } from 'simple-statistics';
import { formatEstimate, NOISE } from '../runner/format.js';
import {
  findScenario,
  type Results,
  type ScenarioResult,
  valuesOfBoth,
} from '../runner/results.js';
import {
  areApart,
  type Estimate,
  hasRatios,
  meanRatio,
  type Pair,
  ratio,
} from '../runner/statistics.js';

export interface Goal {
  text: string;
  /** The limit of the ratio, such as 1.35: at most, or at least. */
  limit: { max: number } | { min: number };
  /** Of the pairs, their geometric mean counts, or the worst one alone. */
  takes: 'mean' | 'worst';
  /** The compared pairs; empty if the run has not measured them. */
  pairs(results: Results): Pair[];
  /**
   * The same comparison with C, or with an empty module, instead of fdselect: the limit.
   * Missing if fdselect is compared with C already.
   */
  possible?(results: Results): Pair[];
}

export interface Verdict {
  text: string;
  limit: string;
  /** null: not measured, or not above the noise. */
  estimate: Estimate | null;
  /** The estimate in words: a ratio with its interval, or a number; empty: there is none. */
  measured: string;
  /** How many of its comparisons have no ratio, because a value was not above the noise. */
  noise: number;
  /** The limit; null: not measured. */
  possible: Estimate | null;
  isMet: boolean;
  /** The whole interval lies on one side of the limit, and there were enough rounds for one. */
  isCertain: boolean;
}

/** Contenders, each compared with the best of some others in each cell. */
export interface Comparison {
  scenario: string;
  metric: string;
  /** The contender, and those with the best of which it is compared. */
  contenders: readonly (readonly [of: string, to: readonly string[]])[];
  /** Default: all. */
  cells?: (id: string) => boolean;
}

/** The pairs of a comparison. */
export function compared({ scenario: name, metric, contenders, cells }: Comparison) {
  return (results: Results): Pair[] => {
    const scenario = findScenario(results, name);
    if (scenario === undefined) return [];
    const ids = scenario.cells.map(({ id }) => id).filter((id) => cells?.(id) ?? true);
    return contenders.flatMap(([of, to]) =>
      ids.flatMap((id) => {
        const best = bestOf(scenario, to, id, metric);
        return (best === null ? null : valuesOfBoth(scenario, [of, best], id, metric)) ?? [];
      }),
    );
  };
}

function bestOf(
  scenario: ScenarioResult,
  names: readonly string[],
  cell: string,
  metric: string,
): string | null {
  const sign = scenario.metrics[metric]?.better === 'higher' ? -1 : 1;
  const rows = scenario.rows.filter((row) => row.cell === cell && names.includes(row.contender));
  const scored = rows.flatMap(({ contender, values }) =>
    values[metric] === undefined ? [] : [{ contender, score: sign * median(values[metric]) }],
  );
  scored.sort((a, b) => a.score - b.score);
  return scored[0]?.contender ?? null;
}

export function judge(goal: Goal, results: Results): Verdict {
  const { text, limit } = goal;
  const isMax = 'max' in limit;
  const bound = isMax ? limit.max : limit.min;
  const pairs = goal.pairs(results);
  const isExact = pairs.length > 0 && pairs.every((pair) => pair.isExact);
  const written = `${isMax ? '≤' : '≥'} ${bound}${isExact ? '' : 'x'}`;
  const noise = pairs.filter((pair) => !hasRatios(pair)).length;
  const estimate = estimateOf(goal, pairs);
  const possible = estimateOf(goal, goal.possible?.(results) ?? []);
  if (estimate === null) {
    return {
      ...{ text, limit: written, estimate, noise, possible },
      ...{ measured: '', isMet: false, isCertain: false },
    };
  }
  const isMet = isMax ? estimate.value <= bound : estimate.value >= bound;
  const isCertain =
    isExact || areApart(estimate, { value: bound, low: bound, high: bound, isSure: true });
  const measured = isExact ? estimate.value.toFixed(2) : formatEstimate(estimate);
  return { text, limit: written, estimate, measured, noise, possible, isMet, isCertain };
}

/** In words, such as `met, within the noise`. */
export function verdictText({ estimate, noise, isMet, isCertain }: Verdict): string {
  if (estimate === null) return noise > 0 ? NOISE : 'not measured';
  const doubt = estimate.isSure ? 'within the noise' : 'too few rounds to be sure';
  return [
    isMet ? 'met' : 'missed',
    ...(isCertain ? [] : [doubt]),
    ...(noise > 0 ? [`${noise} of its figures ${NOISE}`] : []),
  ].join(', ');
}

function estimateOf({ takes, limit }: Goal, all: readonly Pair[]): Estimate | null {
  const pairs = all.filter(hasRatios);
  if (pairs.length === 0) return null;
  return takes === 'mean' ? meanRatio(pairs) : worst(pairs, 'max' in limit);
}

/**
 * The extreme one of the cells' medians, with the interval of that cell alone. Where several cells
 * are about as bad, chance decides which one it is: the true worst one is then a little better.
 */
function worst(pairs: readonly Pair[], isHighest: boolean): Estimate {
  const estimates = pairs.map((pair) => ratio(pair));
  estimates.sort((a, b) => (isHighest ? b.value - a.value : a.value - b.value));
  return estimates[0] as Estimate;
}
