/** The goals of the benchmarks, their verdicts, and what has changed between two runs. */
import { expect, test } from 'vitest';
import { catalogue } from '../../benchmarks/contenders/catalogue.ts';
import { cellChanges, goalChanges } from '../../benchmarks/goals/compare.ts';
import { compared, type Goal, judge, verdictText } from '../../benchmarks/goals/goal.ts';
import { goals } from '../../benchmarks/goals/goals.ts';
import type { Results } from '../../benchmarks/runner/results.ts';
import { scenarios } from '../../benchmarks/scenarios/index.ts';
import { resultsOf, scenario } from '../support/results.ts';

/** Enough rounds for a verdict that is certain. */
const steady = (value: number) => Array.from({ length: 7 }, () => value);

function goal(limit: Goal['limit'], takes: Goal['takes'] = 'mean'): Goal {
  const comparison = {
    ...{ scenario: 'echo', metric: 'throughput' },
    contenders: [['mine', ['slow', 'quick']] as const],
  };
  return { text: 'a goal', limit, takes, pairs: compared(comparison) };
}

const results = resultsOf(
  scenario(
    'echo',
    {
      mine: { a: steady(200), b: steady(800) },
      slow: { a: steady(10), b: steady(200) },
      quick: { a: steady(100), b: steady(100) },
    },
    'throughput',
  ),
);

test('the better one of several is the measure, in each cell', () => {
  const { estimate, isMet, isCertain } = judge(goal({ min: 2.8 }), results);
  expect(estimate?.value).toBeCloseTo(Math.sqrt(2 * 4));
  expect({ isMet, isCertain }).toEqual({ isMet: true, isCertain: true });
});

test('the worst cell', () => {
  expect(judge(goal({ min: 2.1 }, 'worst'), results)).toMatchObject({
    estimate: { value: 2 },
    isMet: false,
  });
  expect(judge(goal({ max: 4 }, 'worst'), results)).toMatchObject({
    estimate: { value: 4 },
    isMet: true,
  });
});

test('a verdict is only as certain as its rounds are many', () => {
  const verdictOf = (limit: number, rounds: number) => {
    const mine = Array.from({ length: rounds }, (_, i) => 100 + i);
    const base = mine.map(() => 100);
    const echo = scenario('echo', { mine: { a: mine }, slow: { a: base } }, 'throughput');
    return verdictText(judge(goal({ max: limit }), resultsOf(echo)));
  };
  expect(verdictOf(1.5, 7)).toBe('met');
  expect(verdictOf(0.5, 7)).toBe('missed');
  expect(verdictOf(1.05, 7)).toBe('met, within the noise');
  expect(verdictOf(1.5, 5)).toBe('met, too few rounds to be sure');
  expect(verdictOf(0.5, 1)).toBe('missed, too few rounds to be sure');
});

test('what was not measured is neither met nor missed', () => {
  expect(judge(goal({ max: 1 }), resultsOf())).toMatchObject({ estimate: null, isMet: false });
});

test('a figure that is not above the noise is no part of a verdict, which says so', () => {
  const memory = scenario(
    'memory',
    { quiet: { a: [-4, 12, -1] }, mine: { a: [50, 50, 50] }, base: { a: [100, 100, 100] } },
    'memory',
  );
  const verdict = (...names: string[]) => {
    const contenders = names.map((name) => [name, ['base']] as const);
    const pairs = compared({ scenario: 'memory', metric: 'memory', contenders });
    return judge({ text: 'a goal', limit: { max: 0.6 }, takes: 'mean', pairs }, resultsOf(memory));
  };
  expect(verdict('quiet', 'mine').estimate?.value).toBe(0.5);
  expect(verdictText(verdict('quiet', 'mine'))).toBe(
    'met, too few rounds to be sure, 1 of its figures not above the noise',
  );
  expect(verdictText(verdict('quiet'))).toBe('not above the noise');
  expect(verdictText(verdict('absent'))).toBe('not measured');
});

test('the goals of the project read the names that the scenarios write', () => {
  const cells = { '1/1': steady(110), '10/10': steady(110), '0/1000': steady(110) };
  const base = { '1/1': steady(100), '10/10': steady(100), '0/1000': steady(100) };
  const calls = scenario('calls', { 'fdselect-poll': cells, 'c-poll': base });
  const measured = goals.flatMap((one) => {
    const { text, estimate, isMet } = judge(one, resultsOf(calls));
    return estimate === null ? [] : [[text, estimate.value, isMet]];
  });
  expect(measured).toEqual([
    ['poll(), 1 of 1 ready / C', expect.closeTo(1.1), true],
    ['poll(), 10 of 10 ready / C', expect.closeTo(1.1), true],
    ['poll(), 1000 idle / C', expect.closeTo(1.1), false],
  ]);
});

/** What a whole run would have measured, with the same values everywhere. */
function everything(): Results {
  const scale = { rounds: 3, isQuick: false };
  return resultsOf(
    ...scenarios.map((make) => {
      const { name, title, text, metrics, cells: cellsOf, takesPart, base } = make();
      const cells = cellsOf(scale);
      const values = Object.fromEntries(Object.keys(metrics).map((metric) => [metric, steady(1)]));
      const rows = cells.flatMap((cell) =>
        catalogue
          .filter((contender) => takesPart(contender, cell))
          .map((contender) => ({ cell: cell.id, contender: contender.name, values })),
      );
      const contenders = catalogue.map((one) => ({ ...one, base: base(one) }));
      return { name, title, text, metrics, cells, contenders, rows, notes: [] };
    }),
  );
}

test('a whole run measures every goal', () => {
  const results = everything();
  const verdicts = goals.map((one) => judge(one, results));
  const unmeasured = verdicts.filter(({ estimate }) => estimate === null);
  expect(unmeasured.map(({ text }) => text)).toEqual([]);
  for (const { text, estimate } of verdicts) expect(estimate?.value, text).toBe(1);
});

test('beside a goal stands what C reaches in the same place, unless C is who it is about', () => {
  const calls = scenario('calls', {
    'fdselect-poll': { '1/1': steady(80) },
    'c-poll': { '1/1': steady(60) },
    'cpython-poll': { '1/1': steady(100) },
  });
  const verdict = (text: string) =>
    judge(goals.find((one) => one.text === text) as Goal, resultsOf(calls));
  expect(verdict('poll() / CPython')).toMatchObject({
    estimate: { value: 0.8 },
    possible: { value: 0.6 },
  });
  expect(verdict('poll(), 1 of 1 ready / C')).toMatchObject({ possible: null });
});

test('where the load generator is the limit, CPU time per message is what counts as throughput', () => {
  const throughput = { 'fdselect-poll': 1200, 'net-write': 1000 };
  const cpu = { 'fdselect-poll': 2000, 'net-write': 4000 };
  const echoAt = (share: number) => {
    const echo = scenario('echo', {}, 'throughput');
    const names = ['fdselect-poll', 'net-write'] as const;
    const rows = names.map((contender) => ({
      ...{ cell: '10x64', contender },
      values: {
        throughput: steady(throughput[contender]),
        cpu: steady(cpu[contender]),
        loadShare: steady(share),
      },
    }));
    return { ...echo, rows, cells: [{ id: '10x64', label: '10 x 64 B' }] };
  };
  const one = goals.find(({ text }) => text === 'echo throughput, poll() / node:net') as Goal;
  expect(judge(one, resultsOf(echoAt(60)))).toMatchObject({ estimate: { value: 1.2 } });
  expect(judge(one, resultsOf(echoAt(95)))).toMatchObject({ estimate: { value: 2 } });
});

test("the curve of idle fds is epoll's own", () => {
  const idle = scenario('idle', { 'fdselect-epoll': { 10: steady(100), 10000: steady(115) } });
  const curve = goals.find(({ text }) => text.startsWith('epoll(), 10,000 idle')) as Goal;
  expect(judge(curve, resultsOf(idle))).toMatchObject({ estimate: { value: 1.15 }, isMet: true });
});

test('its two ends were not measured side by side: what they have in common is chance', () => {
  const [few, many] = [100, 110].map((from) => [0, 1, 2, 3, 4, 5, 6].map((n) => from * (1 + n)));
  const idle = scenario('idle', {
    'fdselect-epoll': { 10: few as number[], 10000: many as number[] },
  });
  const curve = goals.find(({ text }) => text.startsWith('epoll(), 10,000 idle')) as Goal;
  expect(judge(curve, resultsOf(idle))).toMatchObject({
    estimate: {
      value: expect.closeTo(1.1),
      low: expect.closeTo(1.1 / 7),
      high: expect.closeTo(7.7),
    },
    isCertain: false,
  });
});

test('changes between runs are those of ratios, and beyond the noise', () => {
  const run = (mine: number[], other: number[], speed: number) =>
    resultsOf(
      scenario('calls', {
        'fdselect-poll': { '1/1': mine.map((n) => n * speed) },
        'fdselect-select': { '1/1': other.map((n) => n * speed) },
        'c-poll': { '1/1': steady(100 * speed) },
      }),
    );
  const around = (value: number, by: number) => [-3, -2, -1, 0, 1, 2, 3].map((n) => value + n * by);
  const before = run(around(122, 1), around(170, 10), 1);
  // On a machine twice as slow: poll() got worse beside C, select() only varies.
  const after = run(around(152, 1), around(165, 10), 2);
  expect(cellChanges(before, after)).toEqual([
    expect.objectContaining({
      text: 'calls, 1/1, label of fdselect-poll: time',
      before: expect.objectContaining({ value: expect.closeTo(1.22) }),
      after: expect.objectContaining({ value: expect.closeTo(1.52) }),
    }),
  ]);
  expect(goalChanges(goals, before, after)).toMatchObject([
    { text: 'poll(), 1 of 1 ready / C', isChange: true },
  ]);
  // Three rounds say nothing, however far they are apart.
  const [mine, base] = [{ '1/1': [9, 9, 9] }, { '1/1': [1, 1, 1] }];
  const few = resultsOf(scenario('calls', { 'fdselect-poll': mine, 'c-poll': base }));
  expect(cellChanges(before, few)).toEqual([]);
});
