/** lineWriter: lines that nothing reads are dropped and counted, and the program goes on. */
import { spawn } from 'node:child_process';
import { createReadStream, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { POLLIN, poll } from 'fdselect';
import { pipe, read } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { close, closing } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { Child, until } from '../support/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Prints as many numbered lines of 100 bytes as each line of stdin says, then how long it took. */
const SCRIPT = `
  import { createInterface } from 'node:readline';
  import { lineWriter } from 'fdselect/stream';
  const writer = lineWriter(1);
  let count = 0;
  for await (const wanted of createInterface({ input: process.stdin })) {
    const begin = performance.now();
    for (let i = 0; i < Number(wanted); i++) writer.print(String(++count).padEnd(99, '.'));
    process.stderr.write(Math.round(performance.now() - begin) + ' ms\\n');
  }
  process.exit(0);
`;

/** A child that prints to one end; the other one is to be read by the test. */
function start(kind: 'pipe' | 'socket'): [child: Child, end: number] {
  const ends = kind === 'pipe' ? pipe() : socketpair().map((socket) => socket.detach());
  const [read, write] = ends.map(closing) as [number, number];
  const node = spawn(process.execPath, [scriptFile(SCRIPT)], {
    stdio: ['pipe', write, 'pipe'],
    cwd: ROOT,
  });
  close(write);
  return [new Child(node), read];
}

/** Makes a child print lines; returns how long that took, in milliseconds. */
async function print(child: Child, count: number): Promise<number> {
  const answers = () => child.stderr.split('\n').length;
  const before = answers();
  child.process.stdin?.write(`${count}\n`);
  await until(() => answers() > before, `it has printed: ${child.stderr}`);
  return Number.parseInt(child.stderr.split('\n').at(-2) as string, 10);
}

/** Reads the data that has arrived. */
function readAvailable(fd: number): string {
  const poller = poll();
  poller.register(fd, POLLIN);
  let all = '';
  while (poller.poll(0).length > 0) {
    const chunk = read(fd, 65536);
    if (chunk.length === 0) break;
    all += chunk.toString('latin1');
  }
  return all;
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test.each(['pipe', 'socket'] as const)('%s: the output is complete', async (kind) => {
  const [child, end] = start(kind);
  await using _ = child;
  const all = text(createReadStream('', { fd: end, autoClose: false }));
  await print(child, 5000);
  child.process.stdin?.end();
  const lines = (await all).trimEnd().split('\n');
  expect(lines.map((line) => Number.parseInt(line, 10))).toEqual(numbered(5000));
  expect(lines.every((line) => line.length === 99)).toBe(true);
});

test.each(['pipe', 'socket'] as const)(
  '%s: nothing is read: it waits once, then drops lines and counts them',
  async (kind) => {
    const [child, end] = start(kind);
    await using _ = child;
    const first = await print(child, 1000); // more than either has room for
    expect(first).toBeGreaterThanOrEqual(500);
    expect(first).toBeLessThan(10_000);
    // No patience is left. A few lines take so short a time that the machine hardly interrupts them.
    expect(await print(child, 10)).toBeLessThan(450);
    let all = readAvailable(end);
    await print(child, 1);
    all += readAvailable(end);
    const lines = all.trimEnd().split('\n');
    const lost = lines.filter((line) => /^\d+ lines lost$/.test(line));
    expect(lost).toHaveLength(1);
    const shown = lines.filter((line) => !line.endsWith('lost'));
    expect(shown.every((line) => line.length === 99)).toBe(true); // none is cut
    const numbers = shown.map((line) => Number.parseInt(line, 10));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length + Number.parseInt(lost[0] as string, 10)).toBe(numbers.at(-1));
  },
);

test('a reader that pauses gets every line', async () => {
  const [child, end] = start('pipe');
  await using _ = child;
  const printed = print(child, 5000);
  const poller = poll();
  poller.register(end, POLLIN);
  await until(() => poller.poll(0).length > 0 && child.isAsleep, 'the pipe is full');
  const all = text(createReadStream('', { fd: end, autoClose: false }));
  await printed;
  child.process.stdin?.end();
  expect((await all).split('\n').length).toBe(5001);
});

test('lines that are lost at the very end are reported at the exit, if there is room', async () => {
  const [child, end] = start('pipe');
  await using _ = child;
  await print(child, 2000);
  readAvailable(end);
  child.process.stdin?.end();
  await child.finished();
  expect(readAvailable(end).trimEnd().split('\n').at(-1)).toMatch(/^\d+ lines lost$/);
});

test.each(['pipe', 'socket'] as const)('%s: the reader closes: it goes on', async (kind) => {
  const [child, end] = start(kind);
  await using _ = child;
  close(end);
  await print(child, 1000); // half a second for each line would take too long
  child.process.stdin?.end();
  expect(await child.finished()).toMatchObject({ code: 0, signal: null });
});

test('a terminal that nothing reads does not block the program', async () => {
  const python = `
import os, pty, subprocess, sys
master, slave = pty.openpty()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=slave, stderr=subprocess.PIPE)
print(child.communicate(b'2000\\n')[1].decode(), child.returncode)
`;
  const node = spawn('python3', ['-c', python, process.execPath, scriptFile(SCRIPT)], {
    cwd: ROOT,
  });
  await using child = new Child(node);
  const { stdout } = await child.finished();
  expect(stdout).toMatch(/^\d+ ms\n 0\n$/);
});

test('the flags of the pipe, which others share, are not changed', async () => {
  const [child] = start('pipe');
  await using _ = child;
  await print(child, 1);
  const flags = readFileSync(`/proc/${child.pid}/fdinfo/1`, 'utf8');
  expect(Number.parseInt(/flags:\s+(\d+)/.exec(flags)?.[1] as string, 8) & 0o4000).toBe(0);
});
