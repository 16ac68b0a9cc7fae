/** Every scenario of the benchmarks, very small: it gives results. */
import { median } from 'simple-statistics';
import { expect, test } from 'vitest';
import { catalogue } from '../../benchmarks/contenders/catalogue.ts';
import type { Contender, JobHost } from '../../benchmarks/runner/contender.ts';
import type { Cell, Results } from '../../benchmarks/runner/results.ts';
import type { Scenario } from '../../benchmarks/runner/scenario.ts';
import { runSuite } from '../../benchmarks/runner/suite.ts';
import { accept } from '../../benchmarks/scenarios/accept.ts';
import { active } from '../../benchmarks/scenarios/active.ts';
import { calls } from '../../benchmarks/scenarios/calls.ts';
import { churn } from '../../benchmarks/scenarios/churn.ts';
import { echo } from '../../benchmarks/scenarios/echo.ts';
import { idle } from '../../benchmarks/scenarios/idle.ts';
import { latency } from '../../benchmarks/scenarios/latency.ts';
import { memory } from '../../benchmarks/scenarios/memory.ts';
import { startup } from '../../benchmarks/scenarios/startup.ts';
import { parseCounts, perMessage, syscalls } from '../../benchmarks/scenarios/syscalls.ts';
import { wake } from '../../benchmarks/scenarios/wake.ts';
import { amount } from '../support/amount.ts';
import { contender, runSmall, testWith } from '../support/benchmarks.ts';
import { scriptFile } from '../support/script.ts';

/** Each round runs the same code: where no values are compared, `npm test` has one after the warm-up. */
const ROUNDS = amount(1, 2);

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
      expect(scenario?.name === 'memory' || some.every((value) => value >= 0)).toBe(true);
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

/** A process that does jobs like this. */
function jobThat(treats: string): JobHost {
  const script = scriptFile(`
    import { createInterface } from 'node:readline';
    const run = () => { ${treats}; };
    for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(run()));
  `);
  return { key: 'a test', command: [process.execPath, script], module: 'none' };
}

test('calls: two contenders in one process, others in their own', async () => {
  const scenario = calls();
  const names = ['fdselect-poll', 'fdselect-epoll', 'libuv-poll', 'c-poll', 'cpython-select'];
  const results = await runSmall(scenario, names, cellOf(scenario, '10/10'), ROUNDS);
  expectMeasured(results, names, ROUNDS);
  for (const { values } of results.scenarios[0]?.rows ?? []) {
    // No call of ten fds takes less than ten nanoseconds, and none a second.
    for (const time of values.time ?? []) expect(time).toBeGreaterThan(10);
    for (const time of values.time ?? []) expect(time).toBeLessThan(1e9);
  }
});

for (const name of ['select', 'poll', 'epoll']) {
  testWith(
    contender(`ffi-${name}-26`),
    `calls: ${name}() by node:ffi and by C on Node 26`,
    async () => {
      const names = [`fdselect-${name}-26`, `ffi-${name}-26`, `c-${name}-26`];
      const order = catalogue.map((one) => one.name).filter((one) => names.includes(one));
      const results = await runSmall(calls(), order, cellOf(calls(), '10/10'));
      expectMeasured(results, order);
      const bases = results.scenarios[0]?.contenders.map(({ base }) => base);
      expect(new Set(bases)).toEqual(new Set([`c-${name}-26`])); // the same process
    },
  );
}

test('calls: a loop that does not read its answer is refused', async () => {
  const idle = {
    ...contender('fdselect-poll'),
    calls: jobThat('return { ns: 100, found: 10, sum: 0 }'),
  };
  const scenario = calls();
  const results = await runSuite({
    scenarios: [{ ...scenario, cells: () => [cellOf(scenario, '10/10')] } as unknown as Scenario],
    contenders: [idle as Contender],
    scale: { rounds: 1, isQuick: true },
    command: 'a test',
  });
  expect(results.refused).toEqual([
    { scenario: 'calls', contender: 'fdselect-poll', reason: 'does not read what it is answered' },
  ]);
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
  const names = ['fdselect-select', 'c-select', 'cpython-select'];
  const results = await runSmall(scenario, names, cell, ROUNDS);
  expectMeasured(results, names.slice(0, 2), ROUNDS);
});

test('idle: says where the curves cross', async () => {
  const results = await runSmall(idle(), ['c-poll', 'c-epoll'], undefined, ROUNDS);
  expect(results.scenarios[0]?.notes).toEqual([
    expect.stringMatching(/^C: .*epoll\(\) .*poll\(\)|^C: .*poll\(\) .*epoll\(\)/),
  ]);
});

test('churn', async () => {
  const names = ['fdselect-poll', 'libuv-poll', 'c-epoll', 'cpython-poll'];
  const results = await runSmall(churn(), names);
  expectMeasured(results, names);
  expect(results.header.versions.CPython).toMatch(/^3\.\d+/);
});

test('wake: by another process, by the thread itself, several together', async () => {
  const names = ['fdselect-poll', 'fdselect-async', 'net-write', 'c-poll', 'cpython-epoll'];
  const results = await runSmall(wake(), names, undefined, ROUNDS);
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

test('wake: no waiter is woken before the count begins', async () => {
  const scenario = wake();
  // With one contender, waiter and waker start equally quickly; each run starts both again.
  for (let run = 0; run < 3; run++) {
    expectMeasured(await runSmall(scenario, ['fdselect-async'], cellOf(scenario, 'other')), [
      'fdselect-async',
    ]);
  }
});

test('echo', async () => {
  const scenario = echo();
  const names = ['echo-epoll', 'book-naive', 'net-write', 'c-epoll'];
  const results = await runSmall(scenario, names, cellOf(scenario, '100x4096'));
  expectMeasured(results, names);
  const rows = results.scenarios[0]?.rows ?? [];
  for (const { values } of rows) {
    expect(values.loadShare?.every((share) => share > 0 && share <= 101)).toBe(true);
  }
  // A system call takes that long. On a busy machine a server may have made its answers before the
  // short window in which they are counted, and then takes nothing in it; half of them do not.
  const times = rows.flatMap(({ values }) => values.cpu ?? []).sort((a, b) => a - b);
  expect(times[times.length >> 1]).toBeGreaterThan(500);
});

test('latency: the load is the one of node:net', async () => {
  const names = ['echo-epoll', 'net-write'];
  const results = await runSmall(latency(), names, undefined, ROUNDS);
  expectMeasured(results, names, ROUNDS);
  expect(results.scenarios[0]?.notes[0]).toBe('The load is 70 % of the maximum of node:net.');
});

test('memory: it shows the memory of an active connection, and of further ones', async () => {
  const scenario = memory();
  const cell = { ...cellOf(scenario, 'memory'), first: 200, next: 400, last: 600 };
  // A server that keeps 100 kB for each connection, once it has sent something.
  const script = scriptFile(`
    import { createServer } from 'node:net';
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => { socket.kept ??= Buffer.alloc(100_000, 1); socket.write(bytes); });
    });
    server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
  `);
  const keeper = { ...contender('net-write'), name: 'keeper', echo: [process.execPath, script] };
  const results = await runSuite({
    scenarios: [{ ...scenario, cells: () => [cell] } as unknown as Scenario],
    contenders: [keeper as unknown as Contender, contender('c-epoll')],
    scale: { rounds: 1, isQuick: true },
    command: 'a test',
  });
  expectMeasured(results, ['keeper', 'c-epoll'], 1);
  const [kept, bare] = results.scenarios[0]?.rows.map(({ values }) => values) ?? [];
  expect(kept?.spoken?.[0]).toBeGreaterThan(90_000);
  expect(kept?.slope?.[0]).toBeGreaterThan(90_000);
  expect(kept?.idle?.[0]).toBeLessThan(50_000);
  expect(bare?.spoken?.[0]).toBeLessThan(5000);
});

test('accept: the cost of each connection for the server', async () => {
  const names = ['echo-epoll', 'net-write', 'c-epoll'];
  const results = await runSmall(accept(), names, undefined, ROUNDS);
  expectMeasured(results, names, ROUNDS);
  // accept4() alone takes more than half a microsecond.
  for (const { values } of results.scenarios[0]?.rows ?? []) {
    expect(values.cpu?.every((time) => time > 500)).toBe(true);
  }
});

test('active: select and poll look at every idle connection, epoll does not', async () => {
  const scenario = active();
  const cell = { ...cellOf(scenario, '1000'), idle: 1000 };
  const results = await runSmall(scenario, ['net-write', 'c-poll', 'c-epoll'], cell);
  expectMeasured(results, ['net-write', 'c-poll', 'c-epoll']);
  const cpuOf = (name: string) =>
    median(results.scenarios[0]?.rows.find((row) => row.contender === name)?.values.cpu ?? []);
  expect(cpuOf('c-poll')).toBeGreaterThan(2 * cpuOf('c-epoll'));
});

test('startup', async () => {
  const names = ['import-fdselect', 'import-net'];
  expectMeasured(await runSmall(startup(), names, undefined, ROUNDS), names, ROUNDS);
});

test('syscalls: exactly one send for each message, however busy the machine is', async () => {
  const names = ['echo-poll', 'net-write', 'c-epoll', 'cpython-epoll'];
  const results = await runSmall(syscalls(), names);
  expectMeasured(results, names, 1);
  for (const { contender, values } of results.scenarios[0]?.rows ?? []) {
    const [waits = 0, receives = 0, sends = 0] = ['waits', 'receives', 'sends'].map(
      (kind) => values[kind]?.[0],
    );
    // libuv's threads in Node wake its loop with a write() and a read() of their own, now and then.
    if (contender === 'net-write') {
      expect([receives, sends]).toEqual([expect.closeTo(1, 1), expect.closeTo(1, 1)]);
      expect(Math.min(receives, sends)).toBeGreaterThanOrEqual(1);
    } else {
      expect([contender, receives, sends]).toEqual([contender, 1, 1]);
      expect(waits).toBeGreaterThan(0.99); // of the last one strace may not see the end
    }
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
