/** Where the load generator was the limit, so that a throughput is its own. */
import { median } from 'simple-statistics';
import { type ScenarioResult, valuesOf } from './results.js';

/** In percent of a CPU. Above, the load generator is the limit: it never gets all of it. */
const LOAD_LIMIT = 90;
/** In percent of a CPU. Above, the server is the limit, too. */
const SERVER_LIMIT = 95;

/** What stands behind such a figure in a table. */
export const MARK = '*';
export const MARK_TEXT = `${MARK} The load generator was the limit: the CPU time per message is what counts.`;

/** The metrics that say how quick the load generator was, where it was the limit. */
const MARKED = new Set(['throughput', 'p50', 'p99', 'p999']);

/** Whether the load generator was the limit, and the server was not. */
export function isLoadLimited(scenario: ScenarioResult, contender: string, cell: string): boolean {
  const [load = 0, perMessage = 0, perSecond = 0] = ['loadShare', 'cpu', 'throughput'].map(
    (metric) => median([...(valuesOf(scenario, contender, cell, metric) ?? [0])]),
  );
  return load > LOAD_LIMIT && (100 * perMessage * perSecond) / 1e9 < SERVER_LIMIT;
}

/** Whether a figure in a table has the mark. */
export function isMarked(
  scenario: ScenarioResult,
  contender: string,
  cell: string,
  metric: string,
): boolean {
  return MARKED.has(metric) && isLoadLimited(scenario, contender, cell);
}
