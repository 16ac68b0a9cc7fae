/** `fdselect replay`: its output, its files, and its exit codes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { perfettoOf, type TraceEvent } from '../../lib/learn/replay/perfetto.ts';
import { plainLines } from '../../lib/learn/replay/plain.ts';
import { call, epollWait, watchedPair, written } from './recordings.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fdselect-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const text = written(
  ...watchedPair(1),
  { k: 'mark', beat: 1, say: 'the client speaks', th: 1, t: 42_000_000 },
  { ...epollWait([[4, 1]]), timeout: -1, t: 100_000, d: 42_000_000 },
  { ...call('send', { fd: 3, file: 'f1', size: 5, ret: 5, text: 'hello' }), th: 1, t: 42_010_000 },
  { k: 'begin', what: 'Connection.data', fd: 4, t: 43_000_000 },
  { ...call('recv', { fd: 4, file: 'f2', size: 9, ret: 5, text: 'hello' }), t: 43_010_000 },
  { k: 'end', t: 43_020_000 },
);

function file(content: string): string {
  const path = join(folder, 'run.jsonl');
  writeFileSync(path, content);
  return path;
}

function replay(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'replay', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const PLAIN = `Recording: 7 steps, by fdselect test, node, Linux
1       0.000 ms  thread 0: socketpair makes fd 3 and 4, connected to each other.
2       0.002 ms  thread 0: epoll_create1 makes a set: fd 5.
3       0.004 ms  thread 0: epoll_ctl adds fd 4 for IN to the set of fd 5, which watches 1 now.
4       0.100 ms  thread 0: epoll_wait asks the set of fd 5, which watches 1 fd. Nothing is ready yet: it sleeps.
Beat 1: the client speaks
5      42.010 ms  thread 1: send gives 5 bytes to fd 3 ("hello").
6      42.100 ms  thread 0: epoll_wait wakes after 42 ms. Ready: fd 4 (IN). It stays on the ready list. Ended by send on fd 3 in thread 1.
7      43.010 ms  thread 0: Callback Connection.data on fd 4: recv takes 5 bytes from fd 4 ("hello"); none stay.
`;

test('without a terminal it prints a sentence for each step, as with --plain', () => {
  const path = file(text);
  expect(replay(path)).toEqual({ status: 0, stdout: PLAIN, stderr: '' });
  expect(replay(path, '--plain')).toEqual(replay(path));
  expect(plainLines(parse(text)).join('\n')).toBe(PLAIN.trimEnd());
});

test('--step prints the state after a step', () => {
  const { status, stdout } = replay(file(text), '--step', '5');
  expect(status).toBe(0);
  expect(stdout).toBe(`Step 5 of 7: send gives 5 bytes to fd 3 ("hello").
Open file descriptors:
  3: file f1, unix
  4: file f2, unix, 5 bytes to receive ("hello")
  5: file f3, epoll
Epoll sets:
  fd 5 watches 4 (IN); ready list, computed: [4]
Threads:
  thread 0 sleeps in epoll_wait
  thread 1 runs
So far:
  4 calls, 0 of them failed; 0 waits, 0 of them found something
  0 bytes received, 5 bytes sent
  computed: 12 bytes copied to the kernel for waits, 0 back, 1 file looked at
`);
});

test('wrong arguments are one line on stderr that names the word, and exit code 2', () => {
  const path = file(text);
  const cases: [string[], string][] = [
    [[], "error: missing required argument 'file'\n"],
    [[path, '--step', '8'], `error: option '--step': ${path} has the steps 1 to 7, not 8\n`],
    [[path, '--step', 'x'], "error: option '--step <number>' argument 'x' is invalid."],
    [[path, '--nonsense'], "error: unknown option '--nonsense'\n"],
    [[path, 'another'], "error: unexpected argument 'another'"],
  ];
  for (const [args, says] of cases) {
    const { status, stdout, stderr } = replay(...args);
    expect([args, status, stdout]).toEqual([args, 2, '']);
    expect(stderr).toContain(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  }
});

test('--verify: a sound recording, one that contradicts itself, a damaged one', () => {
  const path = file(text);
  expect(replay(path, '--verify')).toEqual({
    ...{ status: 0, stdout: `${path}: 7 steps agree with each other\n`, stderr: '' },
  });
  file(text.replace('"out":[[4,1]]', '"out":[[9,1]]'));
  expect(replay(path, '--verify')).toEqual({
    ...{ status: 1, stdout: '' },
    stderr: `fdselect: ${path}: step 6: epoll_wait answers fd 9, which it was not asked about.\n`,
  });
  for (const damaged of [text.slice(0, -9), text.replace('"k":"call"', '"k":"c'), 'nonsense', '']) {
    file(damaged);
    const { status, stdout, stderr } = replay(path, '--verify');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^fdselect: .*run\.jsonl is (damaged: line \d+|not a recording).*\.\n$/);
  }
  expect(replay(join(folder, 'none'))).toMatchObject({ status: 1, stdout: '' });
  expect(replay(folder)).toMatchObject({ status: 1, stdout: '' });
});

test('--perfetto: times do not go backwards in a thread, callbacks are closed, arrows have two ends', () => {
  const output = join(folder, 'trace.json');
  expect(replay(file(text), '--perfetto', output)).toEqual({ status: 0, stdout: '', stderr: '' });
  const trace = JSON.parse(readFileSync(output, 'utf8'));
  expect(trace).toEqual(JSON.parse(JSON.stringify(perfettoOf(parse(text)))));
  const events: TraceEvent[] = trace.traceEvents;
  for (const { ph, name, pid, tid } of events) {
    expect([typeof name, Number.isInteger(pid), Number.isInteger(tid)]).toEqual([
      'string',
      true,
      true,
    ]);
    expect('MXBEsfCi').toContain(ph);
  }
  const timed = events.filter(({ ph }) => ph !== 'M');
  for (const tid of [0, 1]) {
    const times = timed.filter((event) => event.tid === tid).map(({ ts }) => ts as number);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.length).toBeGreaterThan(0);
  }
  const named = (ph: string) => events.filter((event) => event.ph === ph);
  expect(named('M').map(({ args }) => args?.name)).toEqual(['fdselect test', 'main', 'worker 1']);
  expect(named('X').map(({ name, dur }) => [name, dur])).toEqual([
    ...[
      ['socketpair', 1],
      ['epoll_create1', 1],
      ['epoll_ctl', 1],
      ['epoll_wait', 42_000],
    ],
    ...[
      ['send', 1],
      ['recv', 1],
    ],
  ]);
  expect(named('B').map(({ name }) => name)).toEqual(['Connection.data']);
  expect(named('E')).toHaveLength(1);
  const [start, finish] = [named('s'), named('f')];
  expect(start.map(({ id, tid }) => [id, tid])).toEqual([[1, 1]]);
  expect(finish.map(({ id, tid }) => [id, tid])).toEqual([[1, 0]]);
  expect(new Set(named('C').map(({ name }) => name))).toEqual(
    new Set(['watched', 'bytes in flight', 'waits per second']),
  );
});

test('--cast: asciicast v2, with gaps that can be read', () => {
  const output = join(folder, 'run.cast');
  expect(replay(file(text), '--cast', output).status).toBe(0);
  const [header, ...events] = readFileSync(output, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(header).toMatchObject({
    version: 2,
    width: expect.any(Number),
    height: expect.any(Number),
  });
  expect(events).toHaveLength(7);
  const times = events.map(([time]) => time);
  for (let i = 1; i < times.length; i++) {
    expect(times[i] - times[i - 1]).toBeGreaterThanOrEqual(0.29);
    expect(times[i] - times[i - 1]).toBeLessThanOrEqual(2.01);
  }
  expect(events[4].slice(1)).toEqual(['o', '5  send gives 5 bytes to fd 3 ("hello").\r\n']);
});

test('a file that cannot be written is reported in a sentence', () => {
  const { status, stderr } = replay(file(text), '--cast', join(folder, 'no/such/folder'));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^fdselect: ENOENT: .*\n$/);
});

test('a long text goes through a pipe whole, also where its reader is slow', () => {
  const lines = Array.from({ length: 2000 }, () => call('close', { fd: 9 }));
  const path = file(written(...lines));
  const command = `'${process.execPath}' '${CLI}' replay '${path}' | { head -c 1 > /dev/null; sleep 0.3; wc -l; }`;
  const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  expect(stdout.trim()).toBe(String(1 + lines.length));
});
