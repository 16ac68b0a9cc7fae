/** The command line of the benchmarks. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { compiled } from '../../benchmarks/runner/paths.ts';
import { readResults } from '../../benchmarks/runner/results.ts';
import '../support/benchmarks.ts';
import { run } from '../support/server.ts';

function bench(...args: string[]) {
  return run(process.execPath, [compiled('cli.js'), ...args]).finished();
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
  expect(results.scenarios.map(({ name }) => name)).toEqual(['churn']);
  expect(results.scenarios[0]?.rows.map(({ contender }) => contender)).toEqual([
    'fdselect-poll',
    'c-poll',
  ]);

  const args = [...some, '--rounds', '3', '--json', join(folder(), 'again.json')];
  const second = await bench(...args, '--compare', file);
  expect(second.code).toBe(0);
  expect(second.stdout).toContain(`Since ${results.header.date}, commit ${results.header.commit}`);
  expect(second.stdout).toMatch(/Ratios that have changed by more than chance: \d+/);
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
  [['--contenders', 'libev'], "There is no contender 'libev', but: fdselect-select,"],
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

test('results of another version are refused by name', () => {
  const file = join(folder(), 'old.json');
  writeFileSync(file, JSON.stringify({ format: 0, scenarios: [] }));
  expect(() => readResults(file)).toThrow(`${file} does not hold results of this version`);
});
