/** The command line of the benchmarks. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { catalogue, quickCatalogue } from '../../benchmarks/contenders/catalogue.ts';
import { chooseCpus } from '../../benchmarks/runner/cpus.ts';
import { output } from '../../benchmarks/runner/output.ts';
import { compiled } from '../../benchmarks/runner/paths.ts';
import { readResults } from '../../benchmarks/runner/results.ts';
import { estimate } from '../../benchmarks/runner/rounds.ts';
import type { Scenario } from '../../benchmarks/runner/scenario.ts';
import { runSuite } from '../../benchmarks/runner/suite.ts';
import { churn } from '../../benchmarks/scenarios/churn.ts';
import { scenarios } from '../../benchmarks/scenarios/index.ts';
import { contender } from '../support/benchmarks.ts';
import { resultsOf, scenario } from '../support/results.ts';
import { run, until } from '../support/server.ts';

const CLI = compiled('cli.js');
const QUICK_NAMES = quickCatalogue.map(({ name }) => name);

/** The process group of a process, from `/proc`. */
function groupOf(pid: number): number {
  const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  return Number(fields.split(' ')[2]);
}

function bench(...args: string[]) {
  return run(process.execPath, [CLI, ...args]).finished();
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-bench-test-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('--only, --contenders, --rounds, --json; then --compare with itself', async () => {
  const file = join(folder(), 'results.json');
  const some = ['--quick', '--only', 'churn', '--contenders', 'fdselect-poll,c-poll'];
  const first = await bench(...some, '--rounds', '2', '--json', file);
  expect({ code: first.code, stderr: first.stderr }).toEqual({ code: 0, stderr: '' });
  expect(first.stdout).toContain('Register, modify, unregister: ratios to C poll()');
  const results = readResults(file);
  expect(results.header).toMatchObject({ rounds: 2, isQuick: true });
  expect(results.header.command).toContain('--only churn');
  // No other program is asked for its version.
  expect(Object.keys(results.header.versions)).toEqual(['Node.js', 'libuv in Node.js', 'g++']);
  expect(results.scenarios.map(({ name }) => name)).toEqual(['churn']);
  expect(results.scenarios[0]?.rows.map(({ contender }) => contender)).toEqual([
    'fdselect-poll',
    'c-poll',
  ]);

  const again = (rounds: string, before: string, after: string) =>
    bench(...some, '--rounds', rounds, '--compare', before, '--json', after);
  const enough = join(folder(), 'enough.json');
  const second = await again('6', file, enough);
  expect(second.code).toBe(0);
  expect(second.stdout).toContain(`Since ${results.header.date}, commit ${results.header.commit}`);
  expect(second.stdout).toContain('No change is certain: both runs need at least 6 rounds');
  // The file that it is compared with is read before it is written.
  const third = await again('6', enough, enough);
  expect(third.code).toBe(0);
  expect(third.stdout).toMatch(/Ratios that have changed by more than chance: \d+/);
});

test('a quick run prints what it leaves out', async () => {
  const file = join(folder(), 'results.json');
  const { code, stdout } = await bench(
    '--quick',
    '--only',
    'churn',
    '--rounds',
    '1',
    '--json',
    file,
  );
  expect(code).toBe(0);
  const said = stdout.split('\n').find((line) => line.startsWith('a quick run leaves out')) ?? '';
  expect(said).toContain('of the scenarios: churn (1 fds, 1000 fds)');
  const measured = readResults(file).scenarios[0]?.contenders.map(({ name }) => name) ?? [];
  const left = catalogue.map(({ name }) => name).filter((name) => !QUICK_NAMES.includes(name));
  expect(said).toContain(`${left.length} contenders: ${left.join(', ')}`);
  for (const name of measured) expect(left).not.toContain(name);
});

test('a contender that is named takes part in a quick run, too, and a whole run leaves none out', async () => {
  const file = join(folder(), 'results.json');
  const args = ['--only', 'churn', '--contenders', 'libuv-poll,c-epoll', '--rounds', '1'];
  const { stdout } = await bench(...args, '--json', file);
  expect(stdout).not.toContain('leaves out');
  const left = catalogue.find(({ name, calls }) => calls && !QUICK_NAMES.includes(name));
  const one = ['--quick', '--only', 'calls', '--contenders', left?.name ?? '', '--rounds', '1'];
  const named = await bench(...one, '--json', file);
  expect(named.code).toBe(0);
  expect(readResults(file).scenarios[0]?.contenders.map(({ name }) => name)).toEqual([left?.name]);
});

test('a quick run is planned for two minutes at the most', () => {
  const scale = { rounds: 3, isQuick: true };
  const planned = scenarios.reduce((sum, make) => sum + estimate(make(), quickCatalogue, scale), 0);
  expect(planned).toBeLessThan(120_000);
});

test('--list names everything that the other options take', async () => {
  const { stdout, code } = await bench('--list');
  expect(code).toBe(0);
  for (const name of ['calls', 'echo', 'syscalls', 'fdselect-poll', 'net-write', 'npm-epoll']) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
  }
});

test.each([
  [['--only', 'cals'], "There is no scenario 'cals', but: calls, idle,"],
  [['--only', 'calls,,echo'], "There is no scenario ''"],
  [['--contenders', 'libev'], "There is no contender 'libev', but: echo-select,"],
  [['--rounds', '0'], 'a number from 1 on'],
  [['--rounds', 'many'], 'a number from 1 on'],
  [['--compare', '/no/such/file.json'], 'no such file'],
  [['--compare', 'package.json'], 'does not hold results'],
  [['--compare', 'README.md'], 'JSON'],
  [['--slow'], "unknown option '--slow'"],
  [['echo'], 'too many arguments'],
])('usage error: %j', async (args, words) => {
  const { code, stdout, stderr } = await bench(...args);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/^error: .*\n(\(Did you mean .*\?\)\n)?$/); // no stack trace
});

const WHOLE = JSON.stringify(
  resultsOf(scenario('calls', { 'fdselect-poll': { a: [11, 12] }, 'c-poll': { a: [13, 14] } })),
);

test.each([
  ['header is no object', '"header":', '"heading":'],
  ['header.date is no text', '"date":', '"day":'],
  ['header.rounds is no number', '"rounds":3', '"rounds":"3"'],
  ['header.cpus is no object', '"cpus":null', '"cpus":2'],
  ['scenarios is no list', '"scenarios":', '"scenes":'],
  ['scenarios[0].rows is no list', '"rows":', '"lines":'],
  ['scenarios[0].contenders is no list', '"contenders":', '"all":'],
  ['scenarios[0].metrics is no object', '"metrics":', '"metric":'],
  ['scenarios[0].rows[1].values.time is no list of numbers', '[13,14]', '[]'],
  ['scenarios[0].rows[1].values.time is not all numbers', '[13,14]', '[13,null]'],
  ['scenarios[0].rows[1].values.time has 1 of 2 rounds', '[13,14]', '[13]'],
  ['refused is no list', '"refused":[]', '"refused":{}'],
])('a file in which %s holds no results', (words, from, to) => {
  const file = join(folder(), 'malformed.json');
  writeFileSync(file, WHOLE);
  expect(readResults(file).scenarios).toHaveLength(1);
  writeFileSync(file, WHOLE.replace(from, to));
  expect(() => readResults(file)).toThrow(words);
});

test('--compare with a file that does not hold results is one line that says why', async () => {
  const file = join(folder(), 'malformed.json');
  writeFileSync(file, WHOLE.replace('[13,14]', '[13]'));
  const words = 'scenarios[0].rows[1].values.time has 1 of 2 rounds';
  const { code, stdout, stderr } = await bench('--compare', file, '--only', 'churn');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: .*\n$/);
  expect(stderr).toContain(words);
});

test.each([
  ['in a folder that is not there', 'no/such.json', 'ENOENT'],
  ['that is a folder', '', 'EISDIR'],
])('--json with a file %s is an error before anything is measured', async (_, name, words) => {
  const file = join(folder(), name);
  const { code, stdout, stderr } = await bench('--json', file, '--only', 'churn');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: the results cannot be saved: .*\n$/);
  expect(stderr).toContain(words);
});

test('the tables are shown even if the disk is full', async () => {
  const args = ['--quick', '--only', 'churn', '--contenders', 'c-poll', '--rounds', '1'];
  const { code, stdout, stderr } = await bench(...args, '--json', '/dev/full');
  expect(code).toBe(2);
  expect(stdout).toContain('Register, modify, unregister');
  expect(stderr).toContain('error: the results were not saved: ENOSPC');
});

/** The processes that a process has started and that still run. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => parentOf(child) === pid);
}

/** null: it has ended, or its result was not read yet. */
function parentOf(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [state, parent] = ['State', 'PPid'].map(
      (name) => new RegExp(`^${name}:\\s+(\\w+)`, 'm').exec(status)?.[1],
    );
    return state === 'Z' ? null : Number(parent);
  } catch {
    return null;
  }
}

/** A folder for the PATH, with these programs only. */
function onlyPrograms(...names: string[]): string {
  const bin = folder();
  for (const name of names) symlinkSync(output('which', name) as string, join(bin, name));
  return bin;
}

test.each([
  ['SIGINT', 130, 'with setpriv'],
  ['SIGTERM', 143, 'with setpriv'],
  ['SIGINT', 130, 'without setpriv'],
] as const)('%s, exit %i, %s: what was measured is saved, no process is left', async (...row) => {
  const [signal, code, setpriv] = row;
  const path = setpriv === 'with setpriv' ? process.env.PATH : onlyPrograms('taskset');
  const file = join(folder(), 'results.json');
  const some = [
    '--only',
    'churn,echo',
    '--contenders',
    'fdselect-poll,tuned-poll,c-poll,net-write',
  ];
  await using running = run('env', [
    ...[`PATH=${path}`, process.execPath, CLI],
    ...['--quick', ...some, '--rounds', '20', '--json', file],
  ]);
  await until(() => existsSync(file) && readFileSync(file).length > 0, 'churn is measured');
  // Three servers, each with a load generator.
  await until(() => childrenOf(running.pid).length === 6, 'all servers run');
  const children = childrenOf(running.pid);
  // Ctrl+C in a terminal reaches the whole group of the run: it must not end a server before the run.
  await until(() => children.every((pid) => groupOf(pid) === pid), 'each is in a group of its own');
  running.process.kill(signal);
  expect(await running.finished()).toEqual({
    ...{ code, signal: null, stdout: '' },
    stderr: `${signal}: ${file} has what was measured: churn\n`,
  });
  await until(() => children.every((pid) => parentOf(pid) === null), 'all children end');
  expect(readResults(file).scenarios.map(({ name }) => name)).toEqual(['churn']);
});

test('Ctrl+C in a terminal: the bar is gone, the cursor is there again', async () => {
  const file = join(folder(), 'results.json');
  const args = ['--only', 'echo', '--contenders', 'c-poll', '--json', file];
  const typed = [process.execPath, CLI, ...args].join(' ');
  await using terminal = run('script', ['-qefc', typed, '/dev/null'], null);
  const [hidden, shown] = ['\x1b[?25l', '\x1b[?25h'];
  await until(() => terminal.stdout.includes('left  echo'), 'it shows the bar');
  expect(terminal.stdout).toContain(hidden);
  terminal.process.stdin?.write('\x03');
  expect((await terminal.finished()).code).toBe(130);
  expect(terminal.stdout.lastIndexOf(shown)).toBeGreaterThan(terminal.stdout.lastIndexOf(hidden));
  expect(terminal.stdout).toMatch(/SIGINT: nothing was saved\s+$/);
});

test('a run that is stopped before anything is measured leaves no file', async () => {
  const file = join(folder(), 'results.json');
  await using running = run(process.execPath, [
    ...[CLI, '--only', 'echo', '--contenders', 'c-poll', '--json', file],
  ]);
  await until(() => childrenOf(running.pid).length > 0 && existsSync(file), 'it begins');
  running.process.kill('SIGINT');
  const { code, stderr } = await running.finished();
  expect({ code, stderr }).toEqual({ code: 130, stderr: 'SIGINT: nothing was saved\n' });
  expect(existsSync(file)).toBe(false);
});

test('a scenario that cannot begin is refused, and the others are measured', async () => {
  const broken = {
    ...churn(),
    name: 'broken',
    begin: () => Promise.reject(new Error('it has crashed')),
  };
  const seen: string[][] = [];
  const results = await runSuite({
    scenarios: [broken, churn()] as unknown as Scenario[],
    contenders: [contender('c-poll')],
    scale: { rounds: 1, isQuick: true },
    command: 'a test',
    onScenario: ({ scenarios }) => seen.push(scenarios.map(({ name }) => name)),
  });
  expect(results.refused).toEqual([
    { scenario: 'broken', contender: 'all', reason: 'it has crashed' },
  ]);
  expect(seen).toEqual([[], ['churn']]);
});

test('a value that is not a number is refused: the results could not be read again', async () => {
  const withoutAny = {
    ...churn(),
    open: async () => ({
      measure: async () => ({ values: { time: 0 / 0 } }),
      close: async () => {},
    }),
  };
  const results = await runSuite({
    scenarios: [withoutAny] as unknown as Scenario[],
    contenders: [contender('c-poll')],
    scale: { rounds: 1, isQuick: true },
    command: 'a test',
  });
  expect(results.refused).toEqual([
    { scenario: 'churn', contender: 'c-poll', reason: 'time is NaN' },
  ]);
  expect(results.scenarios[0]?.rows).toEqual([]);
});

test('without taskset, setpriv and strace a run goes on, and says so', async () => {
  const some = ['--only', 'churn,syscalls', '--contenders', 'c-poll'];
  const command = [`PATH=${onlyPrograms()}`, process.execPath, CLI, '--quick', ...some];
  const file = join(folder(), 'results.json');
  const { code, stdout } = await run('env', [...command, '--json', file]).finished();
  expect(code).toBe(0);
  expect(stdout).toContain('not pinned; load');
  expect(stdout).toContain('taskset is missing (apt install util-linux)');
  expect(stdout).toContain('setpriv is missing (apt install util-linux)');
  expect(stdout).toContain('not available: scenario syscalls (apt install strace)');
  expect(stdout).toContain('Register, modify, unregister');
});

test('a strace that may not attach makes its scenario unavailable, with the reason', async () => {
  const bin = folder();
  const refusing = join(bin, 'strace');
  const words = 'strace: attach: ptrace(PTRACE_SEIZE, 1): Operation not permitted';
  const script = `#!/bin/sh\n[ "$1" = --version ] || { echo '${words}' >&2; exit 1; }\n`;
  writeFileSync(refusing, script, { mode: 0o755 });
  const args = ['--quick', '--only', 'syscalls', '--contenders', 'c-poll'];
  const path = `PATH=${bin}:${process.env.PATH}`;
  const command = [path, process.execPath, CLI, ...args, '--json', join(bin, 'results.json')];
  const { code, stdout } = await run('env', command).finished();
  expect(code).toBe(0);
  expect(stdout).toContain(
    `not available: scenario syscalls (strace is there, but may not be used: ${words})`,
  );
  expect(stdout).not.toContain('REFUSED');
});

test('memory is not measured if the limit of open files is too low', async () => {
  const file = join(folder(), 'results.json');
  const quick = [process.execPath, CLI, '--quick', '--only', 'memory', '--json', file];
  const limited = run('prlimit', ['--nofile=3099:3099', ...quick, '--contenders', 'c-epoll']);
  const { code, stdout } = await limited.finished();
  expect(code).toBe(0);
  expect(stdout).toContain(
    'not available: scenario memory (needs a hard limit of 3100 file descriptors (ulimit -Hn), not 3099)',
  );
  expect(readResults(file).scenarios).toEqual([]);
});

test('with one CPU nothing is measured that needs two', async () => {
  const args = ['--only', 'wake,latency', '--contenders', 'net-write', '--rounds', '1'];
  const file = join(folder(), 'results.json');
  const command = [
    '--cpu-list',
    String(chooseCpus()?.contender ?? 0),
    process.execPath,
    CLI,
    '--quick',
    ...args,
    '--json',
    file,
  ];
  const { code, stdout } = await run('taskset', command).finished();
  expect(code).toBe(0);
  expect(stdout).toContain('the only CPU');
  expect(stdout).toContain('not available: scenario wake, by another process (needs two CPUs)');
  expect(stdout).toContain('not available: scenario latency (needs two CPUs)');
  expect(readResults(file).scenarios.map(({ name, cells }) => [name, cells.length])).toEqual([
    ['wake', 2],
  ]);
});

test('results of another version are refused by name', () => {
  const file = join(folder(), 'old.json');
  writeFileSync(file, JSON.stringify({ format: 0, scenarios: [] }));
  expect(() => readResults(file)).toThrow(`${file} does not hold results of this version`);
});
