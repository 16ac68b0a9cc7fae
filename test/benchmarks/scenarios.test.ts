/** Every scenario of the benchmarks, very small: that it measures, not what. */
import { expect, test } from 'vitest';
import type { Cell, Results } from '../../benchmarks/runner/results.ts';
import type { Scenario } from '../../benchmarks/runner/scenario.ts';
import { calls } from '../../benchmarks/scenarios/calls.ts';
import { churn } from '../../benchmarks/scenarios/churn.ts';
import { echo } from '../../benchmarks/scenarios/echo.ts';
import { idle } from '../../benchmarks/scenarios/idle.ts';
import { latency } from '../../benchmarks/scenarios/latency.ts';
import { memory } from '../../benchmarks/scenarios/memory.ts';
import { startup } from '../../benchmarks/scenarios/startup.ts';
import { parseCounts, perMessage, syscalls } from '../../benchmarks/scenarios/syscalls.ts';
import { wake } from '../../benchmarks/scenarios/wake.ts';
import { contender, runSmall } from '../support/benchmarks.ts';

/** Well-formed and complete; and JSON can hold it. */
function expectMeasured(results: Results, names: readonly string[], rounds = 2): void {
  expect(results.refused).toEqual([]);
  const [scenario] = results.scenarios;
  expect(scenario?.rows.map(({ contender }) => contender)).toEqual(names);
  for (const { contender, values } of scenario?.rows ?? []) {
    expect(Object.keys(values), contender).toEqual(Object.keys(scenario?.metrics ?? {}));
    for (const [metric, some] of Object.entries(values)) {
      expect(some, `${contender}: ${metric}`).toHaveLength(rounds);
      expect(some.every((value) => Number.isFinite(value))).toBe(true);
      // A process may well give memory back while connections are made.
      expect(metric === 'memory' || some.every((value) => value >= 0)).toBe(true);
    }
  }
  expect(JSON.parse(JSON.stringify(results))).toEqual(results);
}

/** One of the cells of a quick run. */
function cellOf<C extends Cell>(scenario: Scenario<C>, id: string): C {
  const cell = scenario.cells({ rounds: 2, isQuick: true }).find((one) => one.id === id);
  if (cell === undefined) throw new Error(`${scenario.name} has no cell ${id}`);
  return cell;
}

test('calls: two contenders in one process, others in their own', async () => {
  const scenario = calls();
  const names = ['fdselect-poll', 'fdselect-epoll', 'libuv-poll', 'c-poll', 'cpython-select'];
  const results = await runSmall(scenario, names, cellOf(scenario, '10/10'));
  expectMeasured(results, names);
  for (const { values } of results.scenarios[0]?.rows ?? []) {
    // No call of ten fds takes less than ten nanoseconds, and none a second.
    for (const time of values.time ?? []) expect(time).toBeGreaterThan(10);
    for (const time of values.time ?? []) expect(time).toBeLessThan(1e9);
  }
});

test('calls: libuv is not measured where it would ask the kernel again and again', () => {
  const { cells, takesPart } = calls();
  const without = cells({ rounds: 2, isQuick: false }).filter(
    (cell) => !takesPart(contender('libuv-poll'), cell),
  );
  expect(without.map(({ id }) => id)).toEqual(['10000/10000']);
});

test('idle: C is measured where an fd_set has no room, CPython is not', async () => {
  const scenario = idle();
  const cell = cellOf(scenario, '10000');
  const results = await runSmall(scenario, ['fdselect-select', 'c-select', 'cpython-select'], cell);
  expectMeasured(results, ['fdselect-select', 'c-select']);
});

test('idle: says where the curves cross', async () => {
  const results = await runSmall(idle(), ['c-poll', 'c-epoll']);
  expect(results.scenarios[0]?.notes).toEqual([
    expect.stringMatching(/^C: .*epoll\(\) .*poll\(\)|^C: .*poll\(\) .*epoll\(\)/),
  ]);
});

test('churn', async () => {
  const names = ['fdselect-poll', 'libuv-poll', 'c-epoll', 'cpython-poll'];
  expectMeasured(await runSmall(churn(), names), names);
});

test('wake: by another process, by the thread itself, several together', async () => {
  const names = ['fdselect-poll', 'fdselect-async', 'net-write', 'c-poll', 'cpython-epoll'];
  const results = await runSmall(wake(), names);
  expect(results.refused).toEqual([]);
  const rows = results.scenarios[0]?.rows ?? [];
  const inCell = (id: string) =>
    rows.filter(({ cell }) => cell === id).map(({ contender }) => contender);
  expect(inCell('other')).toEqual(names);
  expect(inCell('self')).toEqual(['fdselect-async', 'net-write']);
  expect(inCell('self16')).toEqual(['fdselect-async', 'net-write']);
  for (const { values, curve } of rows) {
    expect(values.p50Data?.[0]).toBeGreaterThanOrEqual(values.p50?.[0] ?? Number.NaN);
    expect(values.p99?.[0]).toBeGreaterThanOrEqual(values.p50?.[0] ?? Number.NaN);
    expect(curve?.map(([delay]) => delay)).toEqual(
      curve?.map(([delay]) => delay).sort((a, b) => a - b),
    );
  }
});

test('wake: nobody is woken before it counts', async () => {
  const scenario = wake();
  // Alone, its waker starts as quickly as it does itself; each run starts both anew.
  for (let run = 0; run < 3; run++) {
    expectMeasured(await runSmall(scenario, ['fdselect-async'], cellOf(scenario, 'other')), [
      'fdselect-async',
    ]);
  }
});

test('echo', async () => {
  const scenario = echo();
  const names = ['fdselect-epoll', 'net-write', 'c-epoll'];
  const results = await runSmall(scenario, names, cellOf(scenario, '10x4096'));
  expectMeasured(results, names);
  for (const { values } of results.scenarios[0]?.rows ?? []) {
    expect(values.loadShare?.every((share) => share > 0 && share <= 101)).toBe(true);
    expect(values.cpu?.every((time) => time > 500)).toBe(true); // a system call takes that long
  }
});

test('latency: the load is what node:net makes it', async () => {
  const names = ['fdselect-epoll', 'net-write'];
  const results = await runSmall(latency(), names);
  expectMeasured(results, names);
  expect(results.scenarios[0]?.notes[0]).toBe('The load is 70 % of the maximum of node:net.');
});

test('memory', async () => {
  const scenario = memory();
  const cell = { ...cellOf(scenario, '2000'), connections: 500 };
  const names = ['fdselect-poll', 'net-write'];
  const results = await runSmall(scenario, names, cell);
  expectMeasured(results, names, 1);
});

test('startup', async () => {
  const names = ['import-fdselect', 'import-net'];
  expectMeasured(await runSmall(startup(), names), names);
});

test('syscalls: a wait, a receive and a send for each message', async () => {
  const names = ['fdselect-poll', 'c-epoll'];
  const results = await runSmall(syscalls(), names);
  expectMeasured(results, names, 1);
  for (const { values } of results.scenarios[0]?.rows ?? []) {
    const { waits, receives, sends } = values;
    expect([waits, receives, sends]).toEqual([
      [expect.closeTo(1, 1)],
      [expect.closeTo(1, 1)],
      [expect.closeTo(1, 1)],
    ]);
  }
});

test("strace's summary", () => {
  const summary = `    calls syscall
--------- ----------------
     1001 poll
     1000 recvfrom
     1000 sendto
      250 futex
--------- ----------------
     3251 total
`;
  expect(perMessage(parseCounts(summary), 1000)).toEqual({
    ...{ waits: 1.001, receives: 1, sends: 1, other: 0.25 },
  });
});
