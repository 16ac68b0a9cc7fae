/** Differential: a recording has the calls that strace sees, for every program. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { verify } from '../../lib/learn/replay/verify.ts';
import { programs } from '../../lib/servers/programs.ts';
import { Child, until } from '../support/server.ts';
import { ofProgram, recordedCalls, straceCalls, withoutRestarts } from './strace.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Sends three lines, one after the other's answer where there is one, and closes. */
async function talk(port: number, waitsForAnswer: boolean): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  let received = 0;
  socket.on('error', () => {}); // what it has not read is lost when it is closed
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

/** A program under strace and recorded, and what both have seen when it has ended. */
class Observed {
  readonly #folder = mkdtempSync(join(tmpdir(), 'fdselect-strace-'));
  readonly #file = join(this.#folder, 'run.jsonl');
  readonly #output = join(this.#folder, 'strace.txt');
  readonly child: Child;

  constructor(name: string, ...args: string[]) {
    onTestFinished(() => rmSync(this.#folder, { recursive: true }));
    const strace = ['-f', '-ttt', '-s', '16', '-v', '-o', this.#output, '-e', 'trace=network,desc'];
    const serve = [process.execPath, CLI, 'serve', name, '--record', this.#file, ...args];
    // A process group: the program goes on, with its output open, if only strace is killed.
    this.child = new Child(
      spawn('strace', [...strace, ...serve], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }),
    );
  }

  /** Where it listens. */
  async port(): Promise<number> {
    await until(() => /:(\d+)\n/.test(this.child.stdout), `it listens: ${this.child.stderr}`);
    return Number(/:(\d+)\n/.exec(this.child.stdout)?.[1]);
  }

  /** Waits until it has closed a connection: what it did is written before it sleeps again. */
  async hasClosed(): Promise<void> {
    await until(() => {
      const text = readFileSync(this.#file, 'utf8');
      // The last line may be read while it is written.
      const { records } = parse(text.slice(0, text.lastIndexOf('\n') + 1));
      const calls = records.filter((record) => record.k === 'call');
      const accepted = calls.find(({ call, ret }) => call === 'accept' && ret >= 0);
      return calls.some(({ call, fd, t }) => {
        return call === 'close' && accepted !== undefined && fd === accepted.ret && t > accepted.t;
      });
    }, 'it closes the connection');
  }

  /** Ends it, and compares. */
  async check(): Promise<void> {
    const { pid } = JSON.parse(readFileSync(this.#file, 'utf8').split('\n')[0] as string);
    process.kill(pid, 'SIGTERM');
    expect((await this.child.finished()).code).toBe(0);
    const recording = parse(readFileSync(this.#file, 'utf8'), this.#file);
    const recorded = recordedCalls(recording);
    expect(recorded.length).toBeGreaterThan(10);
    const calls = straceCalls(readFileSync(this.#output, 'utf8'));
    const seen = ofProgram(calls, recorded);
    expect(recorded).toEqual(withoutRestarts(seen));
    const restarts = recording.records.map(
      (record) => (record.k === 'call' && record.restarts) || 0,
    );
    expect(restarts.reduce((sum, n) => sum + n, 0)).toBe(
      seen.length - withoutRestarts(seen).length,
    );
    expect(verify(recording)).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.child.hasEnded) process.kill(-this.child.pid, 'SIGKILL');
    await this.child[Symbol.asyncDispose]();
  }
}

/** A server of Node's own that sends everything back; `received` counts the bytes. */
async function echoServer(): Promise<{ port: number; received: () => number }> {
  let received = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received += chunk.length;
      socket.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, received: () => received };
}

const special = ['forward', 'time-source'];
const servers = programs.map(({ name }) => name).filter((name) => !special.includes(name));

test.each(servers)('%s: strace sees the same calls', async (name) => {
  const publish = name === 'time-relay' ? ['--publish-port', '0'] : [];
  await using observed = new Observed(name, '--port', '0', ...publish);
  await talk(await observed.port(), /echo|minimal/.test(name));
  await observed.hasClosed();
  await observed.check();
});

test('forward: strace sees the same calls', async () => {
  const target = await echoServer();
  await using observed = new Observed(
    'forward',
    '--port',
    '0',
    '--target',
    `127.0.0.1:${target.port}`,
  );
  await talk(await observed.port(), true);
  await observed.hasClosed();
  await observed.check();
});

test('time-source, a client: strace sees the same calls', async () => {
  const relay = await echoServer();
  await using observed = new Observed('time-source', '--port', String(relay.port));
  await until(() => relay.received() > 40, 'it publishes the time twice');
  await observed.check();
});

test('a call that another thread interrupts in the output of strace is put together', () => {
  const output = [
    '7 1.0 socket(AF_INET, SOCK_STREAM, 0) = 5',
    '7 1.1 epoll_wait(22,  <unfinished ...>',
    '8 1.2 read(3,  <unfinished ...>',
    '7 1.3 <... epoll_wait resumed>[{events=EPOLLIN, data={u32=21, u64=21}}], 16, 81) = 1',
    '7 1.4 close(5 <unfinished ...>',
    '7 1.5 <... close resumed>) = 0',
  ].join('\n');
  expect(straceCalls(output)).toEqual([
    ['socket', '', '5'],
    ['epoll_wait', '22 21 16 81', '1'],
    ['close', '5', '0'],
  ]);
});
