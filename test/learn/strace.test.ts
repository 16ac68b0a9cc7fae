/** Differential: a recording has the calls that strace sees, for every program. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { verify } from '../../lib/learn/replay/verify.ts';
import { programs } from '../../lib/servers/programs.ts';
import { Child, until } from '../support/server.ts';
import { type Call, ofProgram, recordedCalls, straceCalls } from './strace.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Sends three lines, one after the other's answer where there is one, and closes. */
async function talk(port: number, waitsForAnswer: boolean): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  for (const line of ['one\n', 'two\n', 'three\n']) {
    const before = received;
    socket.write(line);
    if (waitsForAnswer) await until(() => received > before, `an answer to ${line}`);
  }
  socket.end();
}

const servers = programs.filter(({ name, isClient }) => isClient !== true && name !== 'forward');

test.each(servers.map(({ name }) => name))('%s: strace sees the same calls', async (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-strace-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.jsonl');
  const output = join(folder, 'strace.txt');
  const strace = ['-f', '-ttt', '-s', '16', '-v', '-o', output, '-e', 'trace=network,desc'];
  const serve = [process.execPath, CLI, 'serve', name, '--port', '0', '--record', file];
  const publish = name === 'time-relay' ? ['--publish-port', '0'] : [];
  await using child = new Child(
    spawn('strace', [...strace, ...serve, ...publish], { stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  await until(() => /:(\d+)\n/.test(child.stdout), `${name} listens: ${child.stderr}`);
  const { pid } = JSON.parse(readFileSync(file, 'utf8').split('\n')[0] as string);
  await talk(Number(/:(\d+)\n/.exec(child.stdout)?.[1]), /echo|minimal/.test(name));
  await until(() => /[Dd]isconnected|\n.*left/.test(child.stdout) || !/echo/.test(name), 'its end');
  process.kill(pid, 'SIGTERM');
  expect((await child.finished()).code).toBe(0);
  const recording = parse(readFileSync(file, 'utf8'), file);
  const recorded = recordedCalls(recording);
  expect(recorded.length).toBeGreaterThan(10);
  const seen = ofProgram(straceCalls(readFileSync(output, 'utf8'), file), recorded);
  const isInterrupted = ([, , answer]: Call) => answer === 'EINTR';
  expect(recorded).toEqual(seen.filter((call) => !isInterrupted(call)));
  const restarts = recording.records.map((record) => (record.k === 'call' && record.restarts) || 0);
  expect(restarts.reduce((sum, n) => sum + n, 0)).toBe(seen.filter(isInterrupted).length);
  expect(verify(recording)).toEqual([]);
});
