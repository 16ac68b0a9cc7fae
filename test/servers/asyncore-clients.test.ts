/** The echo servers on asyncore and asynchat with resets, many new clients, and few fds. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, isLost, type Peer } from '../support/peer.ts';
import { run, Server, serve, until } from '../support/server.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const NAMES = ['echo-asyncore', 'echo-asynchat --newline'];
const on = (selectors: string[]) =>
  NAMES.flatMap((name) => selectors.map((selector) => `${name} --selector ${selector}`));

/** One answer for each of some messages. */
async function pingPong(peer: Peer, count: number): Promise<void> {
  const size = peer.size;
  for (let i = 1; i <= count; i++) {
    peer.write('ping\n');
    await peer.gets(size + 5 * i);
  }
}

/** A program under strace, which writes the system calls of the main thread to a file. */
async function traced(program: string, file: string, ...options: string[]): Promise<Server> {
  const command = [process.execPath, CLI, 'serve', ...program.split(' '), '--port', '0', '--quiet'];
  const args = ['-D', '-o', file, '-e', 'trace=network,desc,poll', ...options, ...command];
  const server = new Server(spawn('strace', args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  await until(() => /:\d+\n/.test(server.stdout), `it listens: ${server.stderr}`);
  server.port = Number(/:(\d+)\n/.exec(server.stdout)?.[1]);
  return server;
}

/** The system calls of the main thread by name, for 500 messages. */
async function callsFor500(program: string): Promise<Map<string, number>> {
  using folder = temporaryFolder();
  const file = join(folder.path, 'strace');
  await using server = await traced(program, file);
  await using peer = (await connectTo(server)).read();
  await pingPong(peer, 10);
  const before = readFileSync(file, 'utf8').length;
  await pingPong(peer, 500);
  const calls = new Map<string, number>();
  for (const [, name = ''] of readFileSync(file, 'utf8')
    .slice(before)
    .matchAll(/^(\w+)\((?!.*ERESTART)/gm)) {
    if (name !== 'mmap') calls.set(name, (calls.get(name) ?? 0) + 1); // V8's memory
  }
  return calls;
}

// The tests of this folder run side by side, where onTestFinished() does not know its test.
function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

class Peers extends Array<Peer> implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.map((peer) => peer[Symbol.asyncDispose]()));
  }
}

test.each(on(['select', 'poll', 'epoll']))(
  '%s: one echo costs a wait, a recv and a send, and no other call',
  async (program) => {
    const calls = await callsFor500(program);
    const wait = { select: /^p?select/, poll: /^poll/, epoll: /^epoll_p?wait/ };
    const [, name] = / --selector (\w+)/.exec(program) as unknown as [string, keyof typeof wait];
    const of = (pattern: RegExp) =>
      [...calls].reduce((sum, [call, count]) => (pattern.test(call) ? sum + count : sum), 0);
    const [waits, recvs, sends] = [of(wait[name]), of(/^recv/), of(/^send/)];
    for (const count of [waits, recvs, sends]) {
      expect(count).toBeGreaterThanOrEqual(499); // the first may fall into the part before
      expect(count).toBeLessThanOrEqual(501);
    }
    const others = of(/./) - waits - recvs - sends;
    expect(others, JSON.stringify([...calls])).toBeLessThanOrEqual(5);
  },
);

describe.each(on(PROGRAM_SELECTORS))('%s', (program) => {
  test('a client that is reset before it is accepted is closed at once', async () => {
    await using server = await serve(program);
    await using other = (await connectTo(server)).read();
    other.write('x\n');
    await other.gets(2);
    await until(() => server.isAsleep, 'it waits');
    const before = server.openFds.length;
    const names: string[] = [];
    await server.freeze();
    for (const text of ['', 'hello\n', 'hello', 'x'.repeat(100_000)]) {
      await using peer = await connectTo(server);
      names.push(peer.name);
      await new Promise<void>((resolve) => peer.socket.write(text, () => resolve()));
      await peer.reset();
    }
    server.thaw();
    for (const name of names) await server.says(`Disconnected from ${name}`);
    await until(() => server.openFds.length === before, 'their fds are free');
    await server.sleepsFor(500);
    other.write('y\n');
    expect(String(await other.gets(4))).toBe('x\ny\n');
    expect((await server.stop()).stderr).toBe('');
  });

  test('a freed fd is used for the next client at once', async () => {
    const maxFds = 40;
    await using server = await serve(program, { maxFds });
    await server.sleepsFor(100); // then it has opened what it needs
    const { length: before } = server.openFds;
    await using peers = new Peers();
    for (let i = 0; i < 40; i++) peers.push((await connectTo(server)).read());
    for (const peer of peers) peer.write('hello\n');
    const served = () => peers.filter((peer) => peer.size === 6 && !peer.hasEnded);
    // All numbers are in use, and each accepted client has its answer.
    await until(() => {
      const { openFds } = server;
      const isFull = openFds.filter((fd) => fd < maxFds).length === maxFds;
      return isFull && served().length === openFds.length - before;
    }, 'it is full');
    expect(served().length).toBeGreaterThan(5);
    const took: number[] = [];
    for (let i = 0; i < 7; i++) {
      const leaving = served()[0] as Peer;
      const inside = served().length;
      const start = performance.now();
      leaving.socket.end();
      await leaving.ends();
      const counts = () => `${served().length} of ${inside}, ${server.openFds.length} fds`;
      await until(
        () => served().length === inside,
        () => `the next one is served: ${counts()}`,
      );
      took.push(performance.now() - start);
    }
    // A listener that rests does so for a second after each one that it takes. Half of them may be
    // slow by something else.
    expect(took.sort((a, b) => a - b)[3]).toBeLessThan(700);
  });

  test('SIGTERM while many clients connect: it ends', async () => {
    await using server = await serve(program, { args: ['--quiet'] });
    await using peers = new Peers();
    let isOver = false;
    const crowd = async () => {
      while (!isOver) {
        try {
          const peer = await connectTo(server);
          peers.push(peer);
          peer.write('x\n');
        } catch {
          return; // it listens no more
        }
      }
    };
    const crowds = Array.from({ length: 8 }, crowd);
    await until(() => peers.length > 200, 'they come');
    const start = performance.now();
    const { code, stderr } = await server.stop();
    isOver = true;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // The clients do not close their ends: it waits for them for two seconds.
    expect(performance.now() - start).toBeLessThan(10_000);
    await Promise.all(crowds);
  });
});

describe.each(['echo-asyncore', 'echo-asynchat'])('%s', (program) => {
  test.each(PROGRAM_SELECTORS)(
    'with too few file descriptors it says so and does not listen, %s',
    async (selector) => {
      let hasFailed = false;
      for (let maxFds = 20; maxFds < 40; maxFds++) {
        const script = `ulimit -n ${maxFds}; exec "$@"`;
        const command = [CLI, 'serve', program, '--selector', selector, '--port', '0'];
        await using child = run('bash', ['-c', script, 'bash', process.execPath, ...command], null);
        await until(() => child.process.exitCode !== null || child.stdout !== '', `${maxFds}`);
        if (child.stdout === '') {
          // With even fewer, Node itself does not start.
          const { code, stderr } = await child.finished();
          hasFailed ||= code === 1 && /^fdselect: EMFILE: .*\n$/.test(stderr);
          continue;
        }
        const port = Number(/:(\d+)\n/.exec(child.stdout)?.[1]);
        await using peer = (await connectTo({ port })).read();
        peer.write('x\n');
        expect(await peer.gets(1), `with ${maxFds}: ${child.stderr}`).not.toHaveLength(0);
        if (hasFailed) return;
      }
      throw new Error('there was no limit with which it failed, or none with which it served');
    },
  );
});

test.each(['echo-asyncore', 'echo-asynchat --newline'])(
  '%s: a client that epoll_ctl(2) refuses is lost alone, and reported',
  async (program) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'strace');
    const countCalls = () => readFileSync(file, 'utf8').match(/^epoll_ctl\(/gm)?.length ?? 0;
    let calls: number;
    {
      await using server = await traced(program, file);
      await using first = (await connectTo(server)).read();
      await pingPong(first, 1);
      calls = countCalls();
    }
    const inject = `inject=epoll_ctl:error=ENOSPC:when=${calls + 1}`;
    await using server = await traced(program, file, '-e', inject);
    await using first = (await connectTo(server)).read();
    await pingPong(first, 1);
    expect(countCalls()).toBe(calls);
    const refused = await isLost(server, '');
    await until(() => server.stderr.endsWith('\n'), 'it is reported');
    expect(server.stderr).toBe(
      `fdselect: ENOSPC: no space left on device, epoll_ctl for ${refused}\n`,
    );
    await using next = (await connectTo(server)).read();
    await pingPong(next, 1);
    await pingPong(first, 1);
  },
);

test.each(['echo-asyncore', 'echo-asynchat --newline'])(
  '%s: when no fd is left for another epoll set, it still sends its clients their end',
  async (program) => {
    await using server = await serve(`${program} --selector epoll`);
    await using peer = (await connectTo(server)).read();
    await pingPong(peer, 1);
    execFileSync('prlimit', ['--nofile=10:', '--pid', String(server.pid)]);
    server.process.kill('SIGTERM');
    await peer.ends();
    peer.socket.end();
    expect(await server.finished()).toMatchObject({ code: 0, stderr: '' });
  },
);
