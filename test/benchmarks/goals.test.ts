/** The goals of the benchmarks, their verdicts, and the comparison of two runs. */
import { expect, test } from 'vitest';
import { catalogue } from '../../benchmarks/contenders/catalogue.ts';
import { cellChanges, goalChanges } from '../../benchmarks/goals/compare.ts';
import { compared, type Goal, judge, verdictText } from '../../benchmarks/goals/goal.ts';
import { goals } from '../../benchmarks/goals/goals.ts';
import type { Results, ScenarioResult } from '../../benchmarks/runner/results.ts';
import { scenarioText } from '../../benchmarks/runner/tables.ts';
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

test('a goal that was not measured is neither met nor missed', () => {
  expect(judge(goal({ max: 1 }), resultsOf())).toMatchObject({ estimate: null, isMet: false });
});

test('a figure that is not above the noise does not count in a verdict, and the verdict says so', () => {
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

const callText = (cell: string) => `poll() and a loop that reads its answer, ${cell} ready / C`;

test('the goals of the project read the names that the scenarios write', () => {
  const cells = { '1/1': steady(120), '10/10': steady(120), '1000/1000': steady(120) };
  const base = { '1/1': steady(100), '10/10': steady(100), '1000/1000': steady(100) };
  const calls = scenario('calls', { 'fdselect-poll': cells, 'c-poll': base });
  const measured = goals.flatMap((one) => {
    const { text, estimate, isMet } = judge(one, resultsOf(calls));
    return estimate === null ? [] : [[text, estimate.value, isMet]];
  });
  expect(measured).toEqual([
    [callText('1 of 1'), expect.closeTo(1.2), true],
    [callText('10 of 10'), expect.closeTo(1.2), false],
    [callText('1000 of 1000'), expect.closeTo(1.2), false],
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
  // Of system calls the number itself counts: all four kinds are one each.
  for (const { text, estimate } of verdicts) {
    expect(estimate?.value, text).toBe(text.startsWith('system calls per message') ? 4 : 1);
  }
});

/** A scenario `echo` with one cell. */
function echoOf(values: Record<string, Record<string, number>>): ScenarioResult {
  const rows = Object.entries(values).map(([contender, byMetric]) => ({
    ...{ cell: '10x64', contender },
    values: Object.fromEntries(
      Object.entries(byMetric).map(([metric, value]) => [metric, steady(value)]),
    ),
  }));
  return {
    ...scenario('echo', {}, 'throughput'),
    rows,
    cells: [{ id: '10x64', label: '10 x 64 B' }],
  };
}

function verdictOn(results: Results, text: string) {
  return judge(goals.find((one) => one.text === text) as Goal, results);
}

test('a goal is shown with the value of C in the same place, unless it is about C', () => {
  const results = resultsOf(
    echoOf({ 'echo-poll': { cpu: 80 }, 'c-poll': { cpu: 60 }, 'net-write': { cpu: 100 } }),
  );
  expect(verdictOn(results, 'echo-poll: CPU per message / the better node:net')).toMatchObject({
    estimate: { value: 0.8 },
    possible: { value: 0.6 },
  });
  expect(verdictOn(results, 'echo-poll: CPU per message / C poll')).toMatchObject({
    estimate: { value: expect.closeTo(1.333, 3) },
    possible: null,
  });
});

test('if the load generator is the limit, throughput means CPU time per message', () => {
  const echoAt = (loadShare: number) =>
    echoOf({
      'echo-poll': { throughput: 1200, cpu: 2000, loadShare },
      'net-write': { throughput: 1000, cpu: 4000, loadShare },
    });
  const text = 'echo-poll: throughput / the better node:net';
  expect(verdictOn(resultsOf(echoAt(60)), text)).toMatchObject({ estimate: { value: 1.2 } });
  expect(verdictOn(resultsOf(echoAt(95)), text)).toMatchObject({ estimate: { value: 2 } });
});

test('such a throughput has a mark in the table, with an explanation', () => {
  const echo = echoOf({
    'echo-poll': { throughput: 1200, cpu: 2000, loadShare: 95 },
    'net-write': { throughput: 1000, cpu: 4000, loadShare: 60 },
  });
  const metrics = {
    throughput: { label: 'messages', unit: '/s', better: 'higher' },
    cpu: { label: 'CPU', unit: 'ns', better: 'lower' },
  } as const;
  const contenders = ['echo-poll', 'net-write'].map((name) => {
    return { name, label: name, family: name, base: 'net-write' };
  });
  const text = scenarioText({ ...echo, metrics, contenders });
  expect(text).toMatch(/echo-poll\s+│\s+1\.20x\*/);
  expect(text).toMatch(/net-write\s+│\s+1\.00 k\/s │/);
  expect(text).toMatch(/echo-poll\s+│\s+0\.50x │/); // CPU time is the server's own
  expect(text).toMatch(/^\* The load generator was the limit/m);
  const rows = echo.rows.map((row) => ({
    ...row,
    values: { ...row.values, loadShare: steady(60) },
  }));
  expect(scenarioText({ ...echo, metrics, contenders, rows })).not.toContain('*');
});

test('system calls are counts: 0 is a count too, and one run is certain', () => {
  const servers = ['echo-async', 'tuned-poll-async', 'tuned-epoll-async', 'book-loop-async'];
  const counted = (other: number) => ({
    ...scenario('syscalls', {}),
    rows: servers.map((contender) => ({
      ...{ cell: '1', contender },
      values: { waits: [3], receives: [1], sends: [1], other: [other] },
    })),
  });
  const verdict = (other: number) =>
    verdictText(
      verdictOn(
        resultsOf(counted(other)),
        "of them neither wait, receive nor send, in Node's loop",
      ),
    );
  expect(verdict(0)).toBe('met');
  expect(verdict(1)).toBe('missed');
  const all = verdictOn(resultsOf(counted(0)), "system calls per message, in Node's event loop");
  expect(all).toMatchObject({ limit: '≤ 5.05', measured: '5.00', isMet: true, isCertain: true });
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
    { text: callText('1 of 1'), isChange: true },
  ]);
  // Three rounds say nothing, however far they are apart.
  const [mine, base] = [{ '1/1': [9, 9, 9] }, { '1/1': [1, 1, 1] }];
  const few = resultsOf(scenario('calls', { 'fdselect-poll': mine, 'c-poll': base }));
  expect(cellChanges(before, few)).toEqual([]);
});
