/** A goal: a ratio of two contenders that a run must show. */
import { median } from 'simple-statistics';
import { findScenario, pairOf, type Results, type ScenarioResult } from '../runner/results.js';
import { areApart, type Estimate, meanRatio, type Pair, ratio } from '../runner/statistics.js';

export interface Goal {
  text: string;
  /** In percent of one, such as 1.35: at the most, or at the least. */
  limit: { max: number } | { min: number };
  /** Their geometric mean counts, or the worst one alone. */
  takes: 'mean' | 'worst';
  /** What is compared; none where the run has not measured it. */
  pairs(results: Results): Pair[];
}

export interface Verdict {
  text: string;
  limit: string;
  /** null: not measured. */
  estimate: Estimate | null;
  isMet: boolean;
  /** The whole interval lies on one side of the limit. */
  isCertain: boolean;
}

/** A list of contenders against another; where that is several, the best of them in each cell. */
export interface Comparison {
  scenario: string;
  metric: string;
  /** One who is compared, and those of whom the best is the measure. */
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
        return (best === null ? null : pairOf(scenario, [of, best], id, metric)) ?? [];
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
  const { text, limit, takes } = goal;
  const pairs = goal.pairs(results);
  const isMax = 'max' in limit;
  const bound = isMax ? limit.max : limit.min;
  const written = `${isMax ? '≤' : '≥'} ${bound}x`;
  if (pairs.length === 0) {
    return { text, limit: written, estimate: null, isMet: false, isCertain: false };
  }
  const estimate = takes === 'mean' ? meanRatio(pairs) : worst(pairs, isMax);
  const isMet = isMax ? estimate.value <= bound : estimate.value >= bound;
  const isCertain = areApart(estimate, { value: bound, low: bound, high: bound });
  return { text, limit: written, estimate, isMet, isCertain };
}

function worst(pairs: readonly Pair[], isHighest: boolean): Estimate {
  const estimates = pairs.map((pair) => ratio(pair));
  estimates.sort((a, b) => (isHighest ? b.value - a.value : a.value - b.value));
  return estimates[0] as Estimate;
}
