/** The behaviour of every echo server, whatever call it waits with. */
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { connectTo, fills, type Peer, refuses, stalls } from '../support/peer.js';
import { run, type Server, SLOW_CLOCK, serve, until } from '../support/server.js';
import { serverInTurns, sharedServer } from '../support/shared-server.ts';

/** More than the kernel takes for a peer that does not read, in both directions together. */
const MUCH = randomBytes(32 * 1024 * 1024);

/** A part of it, another one each time. */
function some(size: number): Buffer {
  const begin = randomInt(MUCH.length - size);
  return MUCH.subarray(begin, begin + size);
}

/** The sum of a server's lines `N bytes from …`. */
function bytesFrom({ lines }: Server): number {
  return lines.reduce((sum, line) => sum + Number(/^(\d+) bytes from/.exec(line)?.[1] ?? 0), 0);
}

/** The programs: their output about clients, and their differences. */
export interface EchoProgram {
  lines: {
    /** Whether each transfer is printed, too. */
    transfers: boolean;
    disconnected(name: string, isReset?: boolean): string;
  };
  /** What newcomers do while no fd is left: wait until one is, by default, or leave. */
  whenFull?: 'wait' | 'refuse';
}

const printsTransfers: EchoProgram = {
  lines: { transfers: true, disconnected: (name) => `disconnected from ${name}` },
};

/** @param servers - names of programs, with options */
export function echoTests(servers: string[], program = printsTransfers): void {
  const { lines, whenFull = 'wait' } = program;
  describe.each(servers)('%s', (name) => {
    const shared = sharedServer(name);
    const alone = serverInTurns(name);

    test('prints what happens, in this order', async () => {
      await using server = await serve(name);
      await using peer = (await connectTo(server)).read();
      peer.write('hello\r\nwor');
      await peer.gets(10);
      if (lines.transfers) await server.says(`No data currently remain for ${peer.name}`);
      peer.socket.end();
      await peer.ends();
      await server.says(lines.disconnected(peer.name));
      const { stdout, stderr, code } = await server.stop();
      const transfers = `10 bytes from ${peer.name}
10 bytes to ${peer.name}
No data currently remain for ${peer.name}
`;
      expect(stdout).toBe(`listening on 127.0.0.1:${server.port}
Connected from ${peer.name}
${lines.transfers ? transfers : ''}${lines.disconnected(peer.name)}
`);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    });

    test.each([1, 65536, 5_000_000])('gives %i bytes back', async (size) => {
      const server = await shared();
      await using peer = (await connectTo(server)).read();
      const data = some(size);
      peer.socket.end(data);
      const echo = await peer.ends();
      expect(echo.length).toBe(size);
      expect(echo.equals(data)).toBe(true);
      expect(peer.failure).toBeUndefined();
    });

    test('gives one byte at a time back', async () => {
      const server = await shared();
      await using peer = (await connectTo(server)).read();
      const data = some(300);
      for (let i = 0; i < data.length; i++) {
        peer.write(data.subarray(i, i + 1));
        await peer.gets(i + 1);
      }
      expect(peer.bytes.equals(data)).toBe(true);
      if (!lines.transfers) return;
      const line = `1 bytes from ${peer.name}`;
      const reads = () => server.lines.filter((other) => other === line).length;
      await until(() => reads() >= 300, 'all 300 are printed');
      expect(reads()).toBe(300);
    });

    test('serves 200 clients at once', async () => {
      // Not the shared one: a full pipe loses lines, and other tests wait for theirs.
      await using server = await serve(name, { args: ['--quiet'] });
      await using stack = new Stack<Peer>();
      const peers = await Promise.all(Array.from({ length: 200 }, () => connectTo(server)));
      for (const peer of peers) stack.add(peer.read());
      const data = peers.map(() => some(10_000));
      for (const [i, peer] of peers.entries()) peer.write(data[i] as Buffer);
      for (const [i, peer] of peers.entries()) {
        expect((await peer.gets(10_000)).equals(data[i] as Buffer)).toBe(true);
      }
    });

    test('a client that never reads neither stalls the others nor fills the memory', async () => {
      using turn = await alone();
      const { server } = turn;
      await using reader = (await connectTo(server)).read();
      reader.write(some(1_000_000));
      await reader.gets(1_000_000);
      const rss = server.rss;
      await using sleeper = await connectTo(server);
      sleeper.socket.end(MUCH);
      await stalls(sleeper, server);
      expect(server.rss - rss).toBeLessThan(16); // of 32
      // Before the sleeper reads: it is not waited for.
      reader.write('still there?');
      await reader.gets(1_000_012);
      sleeper.read();
      expect((await sleeper.ends()).equals(MUCH)).toBe(true);
    });

    test('a reset loses one client only, whether it is read from or paused', async () => {
      const server = await shared();
      await using other = (await connectTo(server)).read();
      await using idle = await connectTo(server);
      await using sleeper = await connectTo(server);
      sleeper.write(MUCH);
      await stalls(sleeper, server);
      const names = [idle.name, sleeper.name];
      await idle.reset();
      await sleeper.reset();
      for (const gone of names) await server.says(lines.disconnected(gone, true));
      other.write('alive');
      expect(String(await other.gets(5))).toBe('alive');
    });

    test('a new client with the fd of one that has just left gets none of its events', async () => {
      using turn = await alone();
      const { server } = turn;
      await using stack = new Stack<Peer>();
      const leaving = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
      for (const peer of leaving) stack.add(peer);
      const isIn = (peer: Peer) => turn.lines.includes(`Connected from ${peer.name}`);
      await until(() => leaving.every(isIn), 'all are accepted');
      // While it is stopped, resets and connections gather for one batch.
      await server.freeze();
      for (const peer of leaving) peer.write('x');
      await Promise.all(leaving.map((peer) => peer.reset()));
      const newcomers = await Promise.all(Array.from({ length: 20 }, () => connectTo(server)));
      for (const peer of newcomers) stack.add(peer.read());
      for (const [i, peer] of newcomers.entries()) peer.write(`newcomer ${i}`);
      server.thaw();
      for (const [i, peer] of newcomers.entries()) {
        expect(String(await peer.gets(`newcomer ${i}`.length))).toBe(`newcomer ${i}`);
        expect(turn.lines).not.toContain(lines.disconnected(peer.name));
      }
    });

    test.each([2, 3_000_000])('half-close: nc -N gets its %i bytes', async (size) => {
      const server = await shared();
      const input = 'hi'.repeat(size / 2);
      await using nc = run('nc', ['-N', '127.0.0.1', String(server.port)], input);
      const { stdout, code } = await nc.finished();
      expect(stdout === input).toBe(true);
      expect(code).toBe(0);
    });

    test('a client in Python 3', async () => {
      const server = await shared();
      const script = `
import socket, sys
client = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
for line in ['A few lines of data', 'to test the operation', 'of both server and client.']:
    client.sendall(line.encode())
    reply = b''
    while len(reply) < len(line):
        reply += client.recv(8192)
    print('Received:', reply.decode())
client.shutdown(socket.SHUT_WR)
print(client.recv(1))
`;
      await using python = run('python3', ['-c', script, String(server.port)]);
      expect(await python.finished()).toEqual({
        code: 0,
        signal: null,
        stderr: '',
        stdout: `Received: A few lines of data
Received: to test the operation
Received: of both server and client.
b''
`,
      });
    });

    test('telnet', async () => {
      const server = await shared();
      await using telnet = run('telnet', ['127.0.0.1', String(server.port)], null);
      await until(() => telnet.stdout.includes('Escape character'), 'telnet is connected');
      telnet.process.stdin?.write('typed by hand\n');
      await until(() => telnet.stdout.includes('typed by hand'), 'telnet shows the echo');
    });

    test('socat', async () => {
      const server = await shared();
      const args = ['-t', '10', '-', `TCP:127.0.0.1:${server.port}`];
      await using socat = run('socat', args, 'from socat');
      expect(await socat.finished()).toMatchObject({ code: 0, stdout: 'from socat' });
    });

    test('with no fd left it serves its clients, sleeps, and accepts again when some leave', async () => {
      await using server = await serve(name, { maxFds: 64 });
      // By its first wait everything is open that it needs for itself.
      await using first = (await connectTo(server)).read();
      first.write('x');
      await first.gets(1);
      await until(() => server.isAsleep, 'it waits');
      // One above the limit may be inherited.
      const room = 64 - server.openFds.filter((fd) => fd < 64).length;
      await using stack = new Stack<Peer>();
      // As many as it can serve once all present clients have left.
      const peers = await Promise.all(Array.from({ length: 2 * room }, () => connectTo(server)));
      for (const peer of peers) stack.add(peer.read());
      const isInside = (peer: Peer) => server.lines.includes(`Connected from ${peer.name}`);
      await until(() => peers.filter(isInside).length === room, `${room} are accepted`);
      const inside = peers.filter(isInside);
      const outside = peers.filter((peer) => !isInside(peer));
      expect(inside).toHaveLength(room);
      expect(outside).toHaveLength(room);
      for (const peer of peers) peer.write('hello');
      for (const peer of inside) expect(String(await peer.gets(5))).toBe('hello');
      const { ticks, wakeUps } = await server.usedIn(1500);
      expect(ticks).toBeLessThanOrEqual(5);
      expect(wakeUps).toBeLessThanOrEqual(10); // it tries again once a second
      const refused = whenFull === 'refuse' ? outside.splice(0) : [];
      for (const peer of refused) expect(await peer.ends()).toHaveLength(0);
      for (const peer of inside) peer.socket.end();
      if (whenFull === 'refuse') {
        await Promise.all(inside.map((peer) => peer.ends()));
        const newcomer = (await connectTo(server)).read();
        stack.add(newcomer);
        outside.push(newcomer);
        newcomer.write('hello');
      }
      for (const peer of outside) expect(String(await peer.gets(5))).toBe('hello');
    });

    test('sleeps while idle', async () => {
      using turn = await alone();
      const { server } = turn;
      await using peer = (await connectTo(server)).read();
      peer.write('once');
      await peer.gets(4);
      await server.sleepsFor(1000);
    });

    test('500 connections leave no fd open', async () => {
      using turn = await alone();
      const { server } = turn;
      const before = server.openFds.length;
      for (let i = 0; i < 500; i++) {
        await using peer = (await connectTo(server)).read();
        peer.write('x');
        await peer.gets(1);
        if (i % 3 === 0) await peer.reset();
        else peer.socket.end();
        if (i % 3 === 1) await peer.ends();
      }
      await until(() => server.openFds.length === before, `${before} fds again`);
    });

    test('SIGTERM: received data is sent back, then the end', async () => {
      await using server = await serve(name);
      await using peer = await connectTo(server);
      const written = await fills(peer, server);
      peer.socket.end();
      const finished = server.stop();
      await until(() => server.lines.length > 0, 'it has printed');
      // What it has not sent must arrive within its two seconds.
      peer.read();
      await peer.ends();
      expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
      expect(peer.failure).toBeUndefined();
      if (lines.transfers) expect(peer.size).toBe(bytesFrom(server));
      else expect(peer.size).toBeGreaterThan(65536);
      expect(peer.size).toBeLessThan(written);
    });

    test('SIGINT: a client that never reads delays the end by two seconds', async () => {
      using turn = await alone();
      const { server } = turn;
      await using peer = await connectTo(server);
      peer.write(MUCH);
      await stalls(peer, server);
      const start = performance.now();
      expect(await server.stop('SIGINT')).toMatchObject({ code: 0, signal: null, stderr: '' });
      const seconds = (performance.now() - start) / 1000;
      expect(seconds).toBeGreaterThan(1.9);
      expect(seconds).toBeLessThan(10);
    });

    test('a second signal ends it at once', async () => {
      await using server = await serve(name, { env: SLOW_CLOCK });
      await using peer = await connectTo(server);
      peer.write(MUCH);
      await stalls(peer, server);
      const start = performance.now();
      server.process.kill('SIGTERM');
      await refuses(server);
      expect(await server.stop('SIGINT')).toMatchObject({ code: 0, signal: null, stderr: '' });
      expect(performance.now() - start).toBeLessThan(15_000); // without it 20 s
    });
  });
}

/** Disposes of everything that was added to it. */
class Stack<T extends AsyncDisposable> {
  readonly #items: T[] = [];

  add(item: T): void {
    this.#items.push(item);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#items.map((item) => item[Symbol.asyncDispose]()));
  }
}
