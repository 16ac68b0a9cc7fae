/** The results as tables in the terminal. */
import Table from 'cli-table3';
import type { Change } from '../goals/compare.js';
import { type Verdict, verdictText } from '../goals/goal.js';
import { formatEstimate, formatMedian, formatRatio } from './format.js';
import type { Header } from './header.js';
import { isLoadLimited, isMarked, MARK, MARK_TEXT } from './limited.js';
import {
  type ContenderInfo,
  type Metric,
  pairOf,
  type Results,
  type ScenarioResult,
  valuesOf,
} from './results.js';
import { ratio } from './statistics.js';

const style = { head: [], border: [], compact: true };

export function headerLines(header: Header): string {
  const { machine, kernel, versions, commit, command, rounds, cpus, load, notes = [] } = header;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const pinning =
    cpus === null
      ? 'not pinned'
      : `contenders on CPU ${cpus.contender}, the load generator on CPU ${cpus.driver}`;
  return [
    `${machine}; ${kernel}`,
    programs.join(', '),
    `commit ${commit}; ${command}`,
    `${rounds} interleaved rounds after a warm-up; ${pinning}; load ${load.toFixed(2)} at the start`,
    ...notes,
  ].join('\n');
}

/** A contender's value in a cell: absolute for the base, a ratio to it for the others. */
function cellText(
  scenario: ScenarioResult,
  { name, base }: ContenderInfo,
  cell: string,
  metric: string,
): string {
  const values = valuesOf(scenario, name, cell, metric);
  if (values === undefined) return '';
  const pair = pairOf(scenario, [name, base], cell, metric);
  const info = scenario.metrics[metric] as Metric;
  const mark = isMarked(scenario, name, cell, metric) ? MARK : '';
  const isOwn = name === base || pair === null || info.isAbsolute === true;
  return `${isOwn ? formatMedian(values, info) : formatRatio(ratio(pair).value)}${mark}`;
}

/** One table of a scenario: a row for each contender, a column for each cell. */
export function scenarioTable(scenario: ScenarioResult, metric: string): string {
  const { label = metric, better = 'lower' } = scenario.metrics[metric] ?? {};
  const table = new Table({
    head: [`${label} (${better} is better)`, ...scenario.cells.map((cell) => cell.label)],
    colAligns: ['left', ...scenario.cells.map(() => 'right' as const)],
    style,
  });
  for (const contender of scenario.contenders) {
    const texts = scenario.cells.map((cell) => cellText(scenario, contender, cell.id, metric));
    if (texts.some((text) => text !== '')) table.push([contender.label, ...texts]);
  }
  return table.toString();
}

/** The explanation of the mark, if the table has one. */
export function markLines({ rows, ...rest }: ScenarioResult): string[] {
  const isAny = rows.some(({ contender, cell }) =>
    isLoadLimited({ ...rest, rows }, contender, cell),
  );
  return isAny ? [MARK_TEXT] : [];
}

/** The tables of one scenario for the terminal. */
export function scenarioText(scenario: ScenarioResult): string {
  const bases = new Set(scenario.contenders.map(({ base }) => base));
  const names = scenario.contenders.filter(({ name }) => bases.has(name));
  const beside = names.map(({ label }) => label).join(', ');
  const shown = Object.entries(scenario.metrics).filter(([, { isDetail }]) => !isDetail);
  const hasRatios = shown.some(([, { isAbsolute }]) => !isAbsolute);
  return [
    `\n${scenario.title}${hasRatios ? `: ratios to ${beside}` : ''}`,
    ...shown.map(([metric]) => scenarioTable(scenario, metric)),
    ...markLines(scenario),
    ...scenario.notes,
  ].join('\n');
}

/** One line about a goal: met or missed, and by how much. */
export function goalTable(verdicts: readonly Verdict[]): string {
  const table = new Table({
    head: ['comparison', 'goal', 'measured', '', 'C in its place'],
    colAligns: ['left', 'right', 'right', 'left', 'right'],
    style,
  });
  for (const verdict of verdicts) {
    const { text, limit, estimate, measured, possible } = verdict;
    if (estimate === null) continue;
    const best = possible === null ? '' : formatRatio(possible.value);
    table.push([text, limit, measured, verdictText(verdict), best]);
  }
  const missing = verdicts.filter(({ estimate }) => estimate === null).length;
  const rest = missing === 0 ? '' : `\n${missing} more goals were not measured in this run`;
  return `${table.toString()}${rest}`;
}

function changeText({ before, after, isChange }: Change): string {
  if (isChange) return 'changed';
  return before.isSure && after.isSure ? 'the same within the noise' : 'too few rounds to tell';
}

/** The value before and now. */
export function changeTable(changes: readonly Change[]): string {
  const table = new Table({
    head: ['', 'before', 'now', ''],
    colAligns: ['left', 'right', 'right', 'left'],
    style,
  });
  for (const change of changes) {
    const { text, before, after } = change;
    table.push([text, formatEstimate(before), formatEstimate(after), changeText(change)]);
  }
  return table.toString();
}

/** The contenders and scenarios that were not measured, with the reasons. */
export function absenceLines({ unavailable, refused }: Results): string {
  return [
    ...unavailable.map(({ label, how }) => `not available: ${label} (${how})`),
    ...refused.map(
      ({ scenario, contender, reason }) => `REFUSED in ${scenario}: ${contender}: ${reason}`,
    ),
  ].join('\n');
}
