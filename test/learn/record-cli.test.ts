/** `fdselect serve` with the recorder and the trace: its options. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { fdselect, until } from '../support/server.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

async function served(...args: string[]) {
  await using child = fdselect('serve', 'minimal', '--port', '0', ...args);
  await until(() => child.stdout.includes('listening on'), `it listens: ${child.stderr}`);
  child.process.kill('SIGTERM');
  const { code, stdout, stderr } = await child.finished();
  expect([code, stdout.split('\n').length]).toEqual([0, 2]);
  return stderr.trimEnd().split('\n');
}

test.each([[['--trace=json']], [['--trace', 'json']]])(
  '%j: each line on stderr is a record',
  async (args) => {
    const records = (await served(...args)).map((line) => JSON.parse(line));
    const calls = records.filter(({ k }) => k === 'call').map(({ call }) => call);
    expect(calls).toEqual(expect.arrayContaining(['socket', 'bind', 'listen', 'select', 'close']));
    expect(records.map(({ i }) => i)).toEqual(records.map((_, i) => i));
  },
);

test('--trace --times --all: all calls, with owners and times', async () => {
  const lines = await served('--trace', '--times', '--all');
  for (const line of lines) expect(line).toMatch(/^ +\d+\.\d{6} \w+\(.*\) = .* <\d+\.\d{6}>$/);
  expect(lines.join('\n')).toMatch(/ listen\(\d+<tcp:\[127\.0\.0\.1:\d+\]>, \d+\) = 0 </);
});

test('--trace and --record together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.jsonl');
  const lines = await served('--trace', '--record', file);
  for (const line of lines) expect(line).toMatch(/^select\(/);
  const { records } = parse(readFileSync(file, 'utf8'));
  expect(records.some((one) => one.k === 'call' && one.call === 'listen')).toBe(true);
});

test.each([
  [['--times'], "error: option '--times' needs the option '--trace'"],
  [['--all'], "error: option '--all' needs the option '--trace'"],
  [['--trace', 'xml'], "error: option '--trace [format]' argument 'xml' is invalid."],
  [['--trace=xml'], "error: option '--trace [format]' argument 'xml' is invalid."],
])('%j is a usage error', (args, says) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [CLI, 'serve', 'minimal', ...args],
    {
      encoding: 'utf8',
    },
  );
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(says);
});
