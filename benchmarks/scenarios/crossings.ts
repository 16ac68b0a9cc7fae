/** From how many idle file descriptors on one call is cheaper than another. */
import { type ScenarioResult, valuesOf } from '../runner/results.js';
import { crossing, spread } from '../runner/statistics.js';

const PAIRS = [
  ['select', 'poll'],
  ['select', 'epoll'],
  ['poll', 'epoll'],
] as const;

/** A sentence for each pair of curves of fdselect and of C; the results are those of `idle`. */
export function crossings(scenario: ScenarioResult): string[] {
  return (['fdselect', 'c'] as const).flatMap((family) =>
    PAIRS.flatMap(([a, b]) => sentence(scenario, family, a, b) ?? []),
  );
}

function sentence(
  scenario: ScenarioResult,
  family: 'fdselect' | 'c',
  a: string,
  b: string,
): string | null {
  const points = scenario.cells.flatMap(({ id }) => {
    const [first, second] = [a, b].map((name) =>
      valuesOf(scenario, `${family}-${name}`, id, 'time'),
    );
    if (first === undefined || second === undefined) return [];
    return [{ idle: Number(id), first: spread(first).median, second: spread(second).median }];
  });
  if (points.length < 2) return null;
  const at = crossing(
    points.map(({ idle }) => idle),
    points.map(({ first }) => first),
    points.map(({ second }) => second),
  );
  const label = family === 'c' ? 'C' : 'fdselect';
  if (at !== null)
    return `${label}: ${b}() costs as much as ${a}() at about ${Math.round(at)} idle file descriptors.`;
  const last = points.at(-1) as (typeof points)[number];
  const cheaper = last.first < last.second ? a : b;
  return `${label}: of ${a}() and ${b}(), ${cheaper}() is the cheaper one everywhere.`;
}
