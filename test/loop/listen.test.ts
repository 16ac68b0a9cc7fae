/** listen: new connections, how many per turn, and what happens when no fd is left. */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptConnections, type Connection, EventLoop, listen } from 'fdselect/loop';
import { createConnection, createServer, SOCK_DGRAM, socket } from 'fdselect/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codeOf, Log, RawPeer } from '../support/loop-peers.ts';
import { SELECTORS, SOME_LOOPS } from '../support/loops.ts';
import { connectTo, type Peer } from '../support/peer.ts';
import { closing } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { Server, until } from '../support/server.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

const LOCALHOST: [string, number] = ['127.0.0.1', 0];

describe.each(SOME_LOOPS)('$name', (mode) => {
  const { open, run, runUntil, turn } = mode;

  test('each connection has its own handlers; closing the listener does not end them', async () => {
    const loop = open();
    const logs: Log[] = [];
    const listener = listen(loop, LOCALHOST, (connection) => {
      logs.push(new Log(connection));
      return logs.at(-1) as Log;
    });
    const address = listener.getsockname();
    expect(address[0]).toBe('127.0.0.1');
    const peers = [0, 1, 2].map(() => new RawPeer(closing(createConnection(address))));
    await runUntil(loop, () => logs.length === 3);
    listener.close();
    listener.close();
    expect(listener.fileno()).toBe(-1);
    expect(thrown(() => listener.getsockname())).toEqual(osError('EBADF'));
    expect(codeOf(thrown(() => createConnection(address)))).toBe('ECONNREFUSED');
    for (const [i, peer] of peers.entries()) {
      peer.write(`to ${i}`);
      peer.end();
    }
    await run(loop); // until all are lost
    const byPort = new Map(logs.map((log) => [String(log.connection.peer), String(log.bytes)]));
    for (const [i, { socket: own }] of peers.entries()) {
      expect(byPort.get(String(own.getsockname()))).toBe(`to ${i}`);
    }
    expect(logs.every(({ events }) => events.at(-1) === 'lost null')).toBe(true);
  });

  test('a socket that listens already is taken with its queue, and closed with the listener', async () => {
    const loop = open();
    const own = createServer(LOCALHOST);
    const peer = new RawPeer(closing(createConnection(own.getsockname())));
    peer.write('hi');
    peer.end();
    const logs: Log[] = [];
    const listener = listen(loop, own, (connection) => {
      logs.push(new Log(connection));
      return logs.at(-1) as Log;
    });
    expect(listener.fileno()).toBe(own.fileno());
    await runUntil(loop, () => logs[0]?.events.at(-1) === 'lost null');
    expect(String(logs[0]?.bytes)).toBe('hi');
    listener.close();
    expect(own.fileno()).toBe(-1);
  });

  test('a turn accepts at most 64 connections', async () => {
    const loop = open();
    let accepted = 0;
    const listener = listen(
      loop,
      LOCALHOST,
      (connection) => {
        accepted++;
        return new Log(connection);
      },
      { backlog: 1024 },
    );
    const peers = Array.from({ length: 150 }, () =>
      closing(createConnection(listener.getsockname())),
    );
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      await turn(loop, 1);
      counts.push(accepted);
    }
    expect(counts).toEqual([64, 128, 150]);
    for (const peer of peers) peer.close();
    listener.close();
    await run(loop);
  });

  test('500 clients that connect and close at once, some with a reset, leave no fd open', async () => {
    const loop = open();
    const logs: Log[] = [];
    const listener = listen(loop, LOCALHOST, (connection) => {
      logs.push(new Log(connection));
      return logs.at(-1) as Log;
    });
    for (let i = 0; i < 500; i++) {
      const peer = new RawPeer(createConnection(listener.getsockname()));
      if (i % 5 === 0) peer.write('x');
      if (i % 2 === 0) peer.reset();
      else peer.close();
      if (i % 20 === 0) await turn(loop, 1);
    }
    listener.close();
    await run(loop);
    // Those that were reset in the kernel's queue may never have been seen.
    expect(logs.length).toBeGreaterThan(249);
    for (const log of logs) {
      expect(log.events.filter((event) => event.startsWith('lost'))).toHaveLength(1);
      expect(log.connection.fileno()).toBe(-1);
    }
  });

  test('an onConnection that throws, or returns no handlers, loses that connection', async () => {
    const errors: [string, unknown][] = [];
    const loop = open({ onError: (error, where) => errors.push([where, error]) });
    const answers: (() => unknown)[] = [
      () => {
        throw new Error('not you');
      },
      () => undefined,
      () => ({ lost: () => {} }),
      () => ({ data: () => {} }),
    ];
    let log: Log | undefined;
    const listener = listen(loop, LOCALHOST, (connection) => {
      const answer = answers.shift();
      if (answer !== undefined) return answer() as Log;
      log = new Log(connection);
      return log;
    });
    for (let i = 0; i < 5; i++) closing(createConnection(listener.getsockname()));
    await runUntil(loop, () => log !== undefined);
    expect(errors.map(([where]) => where)).toEqual(new Array(4).fill('onConnection'));
    expect(errors.slice(1).map(([, error]) => error)).toEqual(new Array(3).fill(typeError));
  });

  test('a listener may be closed in onConnection', async () => {
    const loop = open();
    let accepted = 0;
    const listener = listen(loop, LOCALHOST, (connection) => {
      accepted++;
      listener.close();
      return new Log(connection);
    });
    for (let i = 0; i < 3; i++) closing(createConnection(listener.getsockname())).close();
    await run(loop);
    expect(accepted).toBe(3); // those that were accepted together
  });

  test('IPv6, and a Unix socket whose path stays', async () => {
    const path = join(tmpdir(), `fdselect-${process.pid}-${Math.random()}.sock`);
    onTestFinished(() => rmSync(path));
    const loop = open();
    const peers: Connection[] = [];
    const accept = (connection: Connection) => {
      peers.push(connection);
      return new Log(connection);
    };
    const six = listen(loop, ['::1', 0], accept);
    const unix = listen(loop, path, accept);
    expect(six.getsockname().slice(0, 1)).toEqual(['::1']);
    for (const listener of [six, unix]) closing(createConnection(listener.getsockname()));
    await runUntil(loop, () => peers.length === 2);
    expect(peers.map(({ peer }) => peer[0]).sort()).toEqual(['::1', undefined]);
    six.close();
    unix.close();
    expect(existsSync(path)).toBe(true);
  });

  test('an error of the listener itself is reported, and the loop does not spin', async () => {
    const errors: unknown[] = [];
    const loop = open({ onError: (error) => errors.push(codeOf(error)) });
    const listener = listen(loop, LOCALHOST, () => expect.unreachable());
    // As another thread could do it: shut down, it is ready for ever, and accept() fails.
    const other = closing(socket(undefined, undefined, undefined, listener.fileno()));
    other.shutdown(2);
    other.detach();
    let turns = 0;
    loop.onPrepare(() => turns++);
    loop.callLater(0.2, () => listener.close());
    await run(loop);
    expect(errors).toEqual(['EINVAL']);
    expect(turns).toBeLessThan(10);
  });
});

test('bad arguments are named, and leave no socket open', () => {
  const loop = closing(new EventLoop());
  const accept = (connection: Connection) => new Log(connection);
  const bad = (...args: unknown[]) => thrown(() => (listen as (...a: unknown[]) => void)(...args));
  expect(bad(loop, LOCALHOST, null)).toEqual(typeError);
  expect(bad(loop, ['127.0.0.1'], accept)).toEqual(typeError);
  expect(bad(loop, 7, accept)).toEqual(typeError);
  expect(bad(loop, LOCALHOST, accept, { whenFull: 'never' })).toEqual(rangeError);
  expect(bad(loop, LOCALHOST, accept, { highWater: 0 })).toEqual(rangeError);
  expect(bad(loop, LOCALHOST, accept, { lowWater: 65536 })).toEqual(rangeError);
  expect(bad(loop, LOCALHOST, accept, { maxBuffer: '1' })).toEqual(typeError);
  expect(bad(loop, LOCALHOST, accept, { allowHalfOpen: 1 })).toEqual(typeError);
  expect(bad(loop, LOCALHOST, accept, { pausesReading: 'no' })).toEqual(typeError);
  expect(bad(loop, LOCALHOST, accept, { reusesInput: 1 })).toEqual(typeError);
  expect(bad(loop, LOCALHOST, accept, { backlog: 1.5 })).toEqual(rangeError);
  const taken = listen(loop, LOCALHOST, accept);
  expect(bad(loop, taken.getsockname(), accept)).toEqual(osError('EADDRINUSE'));
});

describe('acceptConnections', () => {
  test('accepts waiting connections, up to its limit, and makes them non-blocking', () => {
    const listener = closing(createServer(LOCALHOST));
    listener.setblocking(false);
    expect(acceptConnections(listener)).toEqual({ connections: [], isFull: false });
    for (let i = 0; i < 5; i++) closing(createConnection(listener.getsockname()));
    const first = acceptConnections(listener, 3);
    const rest = acceptConnections(listener);
    expect([first.connections.length, rest.connections.length]).toEqual([3, 2]);
    for (const [socket_] of [...first.connections, ...rest.connections]) {
      expect(closing(socket_).getblocking()).toBe(false);
    }
  });

  test('throws for a socket that is not a listener, and ends', () => {
    const plain = closing(socket());
    plain.setblocking(false);
    expect(thrown(() => acceptConnections(plain))).toEqual(osError('EINVAL'));
    const datagrams = closing(socket(undefined, SOCK_DGRAM));
    datagrams.setblocking(false);
    expect(acceptConnections(datagrams).connections).toEqual([]);
  });
});

describe.each(SELECTORS)('no fd left, %s', (selector) => {
  /** An echo server of its own process, with few fds. */
  async function serveWithFewFds(whenFull: string, isAsync: boolean): Promise<Server> {
    const script = scriptFile(`
      import { EventLoop, listen } from 'fdselect/loop';
      import { writeSync } from 'node:fs';
      const loop = new EventLoop({ selector: '${selector}' });
      let accepted = 0;
      const listener = listen(loop, ['127.0.0.1', 0], (connection) => {
        writeSync(1, 'accepted ' + ++accepted + '\\n');
        return { data: (bytes) => connection.write(bytes), lost: () => {} };
      }, { whenFull: '${whenFull}' });
      writeSync(1, 'listening on 127.0.0.1:' + listener.getsockname()[1] + '\\n');
      ${isAsync ? 'await loop.runAsync()' : 'loop.run()'};
    `);
    const command = ['-c', 'ulimit -n 40; exec "$@"', 'bash', process.execPath, script];
    const server = new Server(spawn('bash', command, { stdio: ['ignore', 'pipe', 'pipe'] }));
    await until(() => server.stdout.includes('\n'), `it listens: ${server.stderr}`);
    server.port = Number(/:(\d+)\n/.exec(server.stdout)?.[1]);
    return server;
  }

  test.each([
    ['wait', false],
    ['wait', true],
    ['refuse', false],
    ['refuse', true],
  ])('%s (async: %s): serves, sleeps, and accepts again', async (whenFull, isAsync) => {
    await using server = await serveWithFewFds(whenFull, isAsync);
    await using first = (await connectTo(server)).read();
    const clients: Peer[] = await Promise.all(
      Array.from({ length: 50 }, async () => (await connectTo(server)).read()),
    );
    onTestFinished(async () => {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    });
    await until(() => server.lines.length > 5, 'some are accepted');
    const ended = () => clients.filter(({ hasEnded, isClosed }) => hasEnded || isClosed).length;
    if (whenFull === 'refuse') {
      await until(() => ended() + server.lines.length === 51, 'the others are refused');
    }
    const { ticks, wakeUps } = await server.usedIn(1500);
    expect(ticks).toBeLessThanOrEqual(5);
    expect(wakeUps).toBeLessThanOrEqual(15);
    if (whenFull === 'wait') expect(ended()).toBe(0);
    first.write('still here');
    expect(String(await first.gets(10))).toBe('still here');

    await Promise.all(clients.map((client) => client.reset()));
    const start = performance.now();
    let answer = '';
    while (answer === '') {
      // Until the server has seen the resets it may refuse.
      await using next = (await connectTo(server)).read();
      next.write('hello');
      await until(() => next.size === 5 || next.hasEnded || next.isClosed, 'an answer');
      answer = next.text;
    }
    expect(answer).toBe('hello');
    expect(performance.now() - start).toBeLessThan(5000); // it rests for a second
    expect(server.stderr).toBe('');
  });
});
