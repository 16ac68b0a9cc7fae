/** `fdselect doctor` and its rules: what they find in programs with faults, and nothing in sound ones. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { examine, type Finding } from '../../lib/learn/check/rules.ts';
import { narrate } from '../../lib/learn/replay/narrate.ts';
import { parse } from '../../lib/learn/replay/parse.ts';
import { programs } from '../../lib/servers/programs.ts';
import { connectTo, type Peer } from '../support/peer.ts';
import { Child, fdselect, serve, until } from '../support/server.ts';
import { call, epollWait, fd, recorded, watchedPair, written } from './recordings.ts';

const folder = mkdtempSync(join(tmpdir(), 'fdselect-doctor-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const recordingOf = (name: string) => join(folder, `${name}.jsonl`);
const read = (file: string) => parse(readFileSync(file, 'utf8'), file);

/** Rule, a part of the sentence, and what happens at the last step that it names. */
type Expected = [rule: string, says: string, proof: RegExp];

function expectFindings(file: string, expected: Expected[]): void {
  const recording = read(file);
  const findings = examine(recording);
  const shown = findings.map(({ rule, sentence }) => `${rule}: ${sentence}`);
  expect(shown).toEqual(
    expected.map(([rule, says]) => expect.stringMatching(`^${rule}: .*${says}`)),
  );
  for (const [i, [rule, says, proof]] of expected.entries()) {
    const { sentence, steps, ...finding } = findings[i] as Finding;
    expect([finding.rule, sentence]).toEqual([rule, expect.stringContaining(says)]);
    expect(narrate(recording, (steps.at(-1) as number) - 1)).toMatch(proof);
    expect(finding.lesson).toBeLessThanOrEqual(27);
  }
}

/** `sick/RULE.mjs`: a program with the fault that the rule is about. */
const sick: Record<string, Expected[]> = {
  sleeps: [
    ['sleeps', 'nothing to send', /Ready: fd \d+ \(OUT\)/],
    ['sleeps', 'its other end has ended', /Ready: fd \d+ \(IN\|HUP\)/],
    ['sleeps', 'HUP and ERR come unasked', /Ready: fd \d+ \(HUP\)/],
    ['sleeps', 'the Waker is not cleared', /Ready: fd \d+ \(IN\)/],
    ['sleeps', 'its urgent byte is not read', /Ready: fd \d+ \(PRI\)/],
    ['sleeps', 'no fd is left', /Ready: fd \d+ \(IN\)/],
    ['sleeps', 'was the timeout rounded down', /poll asks about 0 fds without waiting/],
    [
      'sleeps',
      'with no wait in between: wait until it is readable',
      /recv on fd \d+ finds nothing/,
    ],
  ],
  drained: [
    ['drained', 'with 6 bytes left: after an edge, read until EAGAIN', /sleeps|The time is over/],
    ['drained', 'with 6 bytes left: arm it again', /sleeps|The time is over/],
    [
      'drained',
      'not armed again before the next wait, with 1 byte left',
      /sleeps|The time is over/,
    ],
  ],
  partial: [['partial', 'before it was closed at least 3780736', /close frees number/]],
  fair: [['fair', 'was read 200 times in one turn', /recv takes 1 byte/]],
  closed: [
    ['closed', 'Unregister before you close', /Ready: fd \d+ \(IN\)/],
    ['closed', 'read was given fd', /read on fd \d+ fails: EBADF/],
    ['closed', 'poll answers NVAL', /Ready: fd \d+ \(NVAL\)/],
    ['closed', 'select was given fd', /It fails: EBADF/],
  ],
  leaks: [
    ['leaks', 'was neither closed nor used', /recv answers 0/],
    ['leaks', 'was accepted, and neither watched nor used', /accept takes a connection/],
  ],
  frugal: [
    ['frugal', '20 times with the mask that the entry had', /epoll_ctl changes fd/],
    ['frugal', '20 of 40 waits gave the answer of the wait before', /Ready: fd/],
  ],
  blocks: [['blocks', 'recv on fd', /recv on fd \d+ finds nothing|recv/]],
};

test('each rule has a program with its fault', () => {
  const files = readdirSync(new URL('sick/', import.meta.url));
  expect(files.sort()).toEqual(
    Object.keys(sick)
      .map((name) => `${name}.mjs`)
      .sort(),
  );
});

test.each(Object.keys(sick))('%s: the fault is found, with the step that proves it', (name) => {
  const file = recordingOf(name);
  const program = fileURLToPath(new URL(`sick/${name}.mjs`, import.meta.url));
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'ulimit -n 64; exec "$0" "$1"', process.execPath, program],
    { encoding: 'utf8', env: { ...process.env, FDSELECT_RECORD: file } },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expectFindings(file, sick[name] as Expected[]);
});

/** A piece of the museum, recorded. */
async function visit(piece: string, act: (port: number, child: Child) => Promise<void>) {
  const file = recordingOf(piece);
  const program = new URL(`../../dist/learn/lessons/13-museum/${piece}.js`, import.meta.url);
  await using child = new Child(
    spawn(process.execPath, [fileURLToPath(program)], {
      env: { ...process.env, FDSELECT_RECORD: file },
    }),
  );
  await until(() => /\d+\n/.test(child.stdout), `it listens: ${child.stderr}`);
  await act(Number(/listening on (\d+)/.exec(child.stdout)?.[1]), child);
  return file;
}

describe('the museum', () => {
  test('19-6: a closed socket is given to select', async () => {
    const file = await visit('echo-19-6', async (port, child) => {
      await using staying = await connectTo({ port });
      await using leaving = await connectTo({ port });
      staying.write('hello');
      await staying.read().gets(5);
      leaving.socket.destroy();
      await child.finished();
    });
    const [closed, leaks, ...others] = examine(read(file));
    expect(closed).toMatchObject({ rule: 'closed', lesson: 13 });
    expect(closed?.sentence).toContain('was given something that is closed');
    expect(leaks).toMatchObject({ rule: 'leaks' });
    expect(others).toEqual([]);
  });

  test('Bob 0.1: never sleeps once a client has sent something', async () => {
    const file = await visit('bob-0.1', async (port) => {
      await using peer = (await connectTo({ port })).read();
      peer.write('hi\n');
      await peer.gets(3);
      await until(() => statSync(recordingOf('bob-0.1')).size > 100_000, 'it spins');
    });
    expectFindings(file, [['sleeps', 'there is nothing to send', /Ready: fd \d+ \(write\)/]]);
  });

  test('the model: ends at the first message', async () => {
    const file = await visit('model', async (port, child) => {
      await using peer = await connectTo({ port });
      peer.write('hi');
      await child.finished();
    });
    const findings = examine(read(file));
    expect(findings).toMatchObject([{ rule: 'leaks', lesson: 13 }]);
    expect(findings[0]?.sentence).toContain('with an error that was not caught (TypeError');
  });

  test('19-7: asks a connection that was reset for its peer', async () => {
    const file = await visit('echo-19-7', async (port, child) => {
      await using leaving = (await connectTo({ port })).read();
      leaving.write('hello');
      await leaving.gets(5);
      await leaving.reset();
      await until(() => child.stderr.includes('getpeername'), child.stderr);
      await using staying = (await connectTo({ port })).read();
      staying.write('still here');
      await staying.gets(10);
      await until(() => child.isAsleep, 'it sleeps, so its records are in the file');
    });
    expectFindings(file, [['closed', 'getpeername was asked', /getpeername on fd \d+ fails/]]);
  });
});

/** Clients that do what clients do: talk, send much, end, reset, and stay. */
async function load(server: { port: number }, name: string): Promise<void> {
  const echoes = /echo|minimal|forward/.test(name);
  const peers: Peer[] = await Promise.all(
    Array.from({ length: 12 }, async () => (await connectTo(server)).read()),
  );
  const talk = async (peer: Peer, text: string) => {
    const before = peer.size;
    peer.write(text);
    if (echoes) await peer.gets(before + 1);
  };
  try {
    for (let i = 0; i < 5; i++) await Promise.all(peers.map((peer) => talk(peer, `line ${i}\n`)));
    const [large, resetting, ending] = peers as [Peer, Peer, Peer];
    const before = large.size;
    large.write(`${'x'.repeat(99)}\n`.repeat(20_000));
    if (echoes) await large.gets(before + 1_900_000);
    await resetting.reset();
    ending.socket.end();
    await talk(peers[5] as Peer, 'after that\n');
    const listener = peers[6] as Peer;
    if (/^chat/.test(name)) await until(() => listener.text.includes('after that'), 'all hear it');
  } finally {
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  }
}

const sound = programs.map(({ name }) => name);

test.each(sound)('%s: nothing is found in a sound program', async (name) => {
  const file = recordingOf(name);
  const env = { FDSELECT_RECORD: file };
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const target = String((echo.address() as { port: number }).port);
  try {
    if (name === 'time-source') {
      let received = 0;
      echo.on('connection', (socket) => socket.on('data', ({ length }) => (received += length)));
      const args = ['serve', name, '--port', target];
      await using child = new Child(
        spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } }),
      );
      await until(() => received > 60, 'it has published three times');
      child.process.kill('SIGTERM');
      await child.finished();
    } else {
      const special: Record<string, string[]> = {
        forward: ['--target', `127.0.0.1:${target}`],
        'time-relay': ['--publish-port', '0'],
      };
      const args = ['--quiet', ...(special[name] ?? [])];
      await using server = await serve(name, { args, env });
      await load(server, name);
      expect((await server.stop()).code).toBe(0);
    }
  } finally {
    await new Promise((resolve) => echo.close(resolve));
  }
  const recording = read(file);
  expect(recording.records.length).toBeGreaterThan(20);
  expect(examine(recording)).toEqual([]);
});

describe('runs that only look like a fault', () => {
  const ET = 0x8000_0001;
  const again = { ret: -1, errno: 'EAGAIN' };
  const read4 = (fields: object) => call('recv', { fd: 4, file: 'f2', size: 4, ...fields });
  const send = (size: number) => call('send', { fd: 3, file: 'f1', size, ret: size });
  const close4 = call('close', { fd: 4, file: 'f2' });
  const told = epollWait([[4, 1]]);
  const sleep = epollWait([], { timeout: -1, d: 5_000_000 });

  test.each([
    ['three waits before the read', [told, told, told, read4({ ret: 4 }), read4({ ret: 2 })]],
    ['an edge that is read to EAGAIN', [told, read4({ ret: 4 }), read4({ ret: 2 }), read4(again)]],
    ['an edge that is read in the next turn', [told, read4({ ret: 4 }), told, read4({ ret: 2 })]],
  ])('%s', (_, steps) => {
    const recording = recorded(...watchedPair(ET), send(6), ...steps, sleep, close4);
    expect(examine(recording)).toEqual([]);
  });

  test('bytes that send did not take are sent in pieces, or the peer has gone', () => {
    const offer = (size: number, fields: object) =>
      call('send', { fd: 4, file: 'f2', size, ...fields });
    const part = offer(100, { ret: 40 });
    const rest = [offer(60, again), offer(60, { ret: 30 }), offer(30, { ret: 30 })];
    const lost = offer(60, { ret: -1, errno: 'EPIPE' });
    expect(examine(recorded(...watchedPair(1), part, ...rest, close4))).toEqual([]);
    expect(examine(recorded(...watchedPair(1), part, lost, close4))).toEqual([]);
    const findings = examine(recorded(...watchedPair(1), part, close4));
    expect(findings).toMatchObject([{ rule: 'partial', steps: [4, 5] }]);
  });

  test('a receive that has input, and waits long for the CPU', () => {
    const pairs = [
      ...watchedPair(1),
      call('socketpair', { fds: [6, 7], t: 4500 }),
      fd(6, 'f4', { other: 'f5', t: 4600 }),
      fd(7, 'f5', { other: 'f4', t: 4600 }),
    ];
    const other = call('send', { fd: 6, file: 'f4', size: 1, ret: 1 });
    const waits = call('poll', {
      in: [
        [4, 1],
        [7, 1],
      ],
      out: [],
      timeout: 0,
      ret: 0,
    });
    const long = { ...read4({ ret: 4, d: 20_000_000 }), timeout: -1 };
    const findings = (...steps: Parameters<typeof recorded>) =>
      examine(recorded(...pairs, waits, ...steps)).filter(({ rule }) => rule === 'blocks');
    expect(findings(send(4), other, long)).toEqual([]);
    expect(findings(other, long)).toMatchObject([{ rule: 'blocks' }]);
  });

  test('an accept that waits long for the CPU, after what was ready has been closed', () => {
    const listening = [call('socket', { ret: 7 }), fd(7, 'f7', { type: 'tcp', how: 'socket' })];
    const told = epollWait([[4, 1]]);
    const closing = call('close', { fd: 4, file: 'f2' });
    const long = call('accept', { fd: 7, file: 'f7', ret: 8, d: 20_000_000 });
    const findings = (...steps: Parameters<typeof recorded>) =>
      examine(recorded(...watchedPair(1), ...listening, send(4), told, ...steps)).filter(
        ({ rule }) => rule === 'blocks',
      );
    expect(findings(long)).toMatchObject([{ rule: 'blocks' }]);
    expect(findings(closing, long)).toEqual([]);
  });

  test('a listener that is open until the end; a connection or four sockets are leaks', () => {
    const opened = (how: string, count: number) =>
      Array.from({ length: count }, (_, n) => fd(20 + n, `f${20 + n}`, { how }));
    const end = { k: 'exit' as const, code: 0, t: 1e9 };
    const found = (how: string, count: number) =>
      examine(recorded(...opened(how, count), call('dup', { fd: 20, t: 1e6 }), end)).length;
    expect([found('socket', 1), found('socket', 4), found('accept', 1)]).toEqual([0, 1, 1]);
  });

  test('EPOLL_CTL_MOD with the same mask arms an edge again', () => {
    const ten = (events: number) =>
      Array.from({ length: 10 }, () => call('epoll_ctl', { epfd: 5, op: 'MOD', fd: 4, events }));
    expect(examine(recorded(...watchedPair(ET), ...ten(ET)))).toEqual([]);
    expect(examine(recorded(...watchedPair(1), ...ten(1)))).toMatchObject([{ rule: 'frugal' }]);
  });
});

describe('the command', () => {
  const path = join(folder, 'written.jsonl');
  const doctor = (...args: string[]) => fdselect('doctor', ...args).finished();

  test('prints rule, sentence, steps and lesson, and has exit code 1', async () => {
    const copy = { ...call('dup', { fd: 4, ret: 6 }), t: 50_000 };
    const copied = { k: 'fd' as const, fd: 6, file: 'f2', type: '', how: 'dup', t: 51_000 };
    const closing = { ...call('close', { fd: 4, file: 'f2' }), t: 60_000 };
    const told = { ...epollWait([[4, 1]]), t: 70_000 };
    writeFileSync(path, written(...watchedPair(1), copy, copied, closing, told));
    const { code, stdout } = await doctor(path);
    expect(stdout).toBe(
      'closed: epoll_wait answers fd 4, a number that was closed: its entry belongs to a file that is still open as fd 6. Unregister before you close.\n' +
        `    fdselect replay ${path} --step 5\n    fdselect replay ${path} --step 6\n    fdselect learn 11\n`,
    );
    expect(code).toBe(1);
    const json = await doctor(path, '--json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual([
      { rule: 'closed', sentence: expect.any(String), steps: [5, 6], lesson: 11 },
    ]);
    // The wait of step 6 has found something, and so begins a beat.
    const page = join(folder, 'page.html');
    const places = (await doctor(path, '--page', page)).stdout.match(/^ {4}.*#.*$/gm);
    expect(places).toEqual([`    ${page}#b=0&i=5`, `    ${page}#b=1&i=1`]);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/i);
  });

  test('nothing found: exit code 0; not a recording: 1 and a sentence; usage errors: 2', async () => {
    writeFileSync(path, written(...watchedPair(1)));
    expect(await doctor(path, '--json')).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await doctor(path)).toMatchObject({ code: 0, stdout: `${path}: nothing found\n` });
    const other = await doctor(CLI);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toMatch(/^fdselect: .* is not a recording: .*\n$/);
    const usage = await doctor(path, '--jsn');
    expect([usage.code, usage.stderr]).toEqual([2, expect.stringContaining("'--jsn'")]);
  });
});
