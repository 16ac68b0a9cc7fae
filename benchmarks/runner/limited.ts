/** Cells in which the load generator was the limit: a throughput there is that of the generator. */
import { median } from 'simple-statistics';
import { type ScenarioResult, valuesOf } from './results.js';

/** Percent of a CPU; if the load generator uses more, it is the limit. It never gets 100. */
const LOAD_LIMIT = 90;
/** Percent of a CPU; if the server uses more, it is the limit too. */
const SERVER_LIMIT = 95;

/** The mark of such a value in a table. */
export const MARK = '*';
export const MARK_TEXT = `${MARK} The load generator was the limit: the CPU time per message is what counts.`;

/** The metrics that show the speed of the load generator if it was the limit. */
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
