/** Programs on the loop: a failure for one client ends only that client. */
import { createConnection } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { Faults } from '../chaos/faults.ts';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, isLost } from '../support/peer.ts';
import { serve, until } from '../support/server.ts';
import { Target } from '../support/target.ts';

/** Programs on epoll, and the answer to a client that has sent 'x\n'. */
const ECHOES = ['echo-reactor', 'chat-reactor', 'time-broadcast', 'forward'];

test.each(ECHOES)('%s: epoll_ctl fails for a newcomer: only that one is lost', async (program) => {
  using faults = new Faults();
  await using echo = await serve('echo-poll', { args: ['--quiet'] });
  const target = program === 'forward' ? [`--target=127.0.0.1:${echo.port}`] : [];
  const args = ['--quiet', ...target];
  await using server = await serve(`${program} --selector epoll`, { args, env: faults.env() });
  await using first = (await connectTo(server)).read();
  first.write('x\n');
  // Not only a welcome, or a first time: that may be sent before the client is in the epoll set.
  const isAnswered = () =>
    program === 'time-broadcast' ? first.size > 14 : first.text.endsWith('x\n');
  await until(isAnswered, 'an answer in a later turn');
  const fds = server.openFds.length;
  faults.set({ call: 'epoll_ctl', error: 'ENOSPC', op: 'ADD', times: 1 });
  await isLost(server);
  await until(() => server.openFds.length === fds, 'its fds are free');
  await using next = (await connectTo(server)).read();
  next.write('y\n');
  await next.gets(2);
  first.write('z\n');
  await first.gets(4);
  expect(first.isClosed).toBe(false);
  const { code, stderr } = await server.stop();
  expect(code).toBe(0);
  expect(stderr).toMatch(program === 'forward' ? /^fdselect: .*ENOSPC.*\n$/ : /^(.*ENOSPC.*\n)?$/);
});

test.each([
  ['time-broadcast', []],
  ['time-relay', ['--publish-port', '0']],
])(
  '%s: getsockname fails for a newcomer: one line names the lost connection and the reason',
  async (name, args) => {
    using faults = new Faults();
    await using server = await serve(name, { args, env: faults.env() });
    faults.set({ call: 'getsockname', error: 'ENOBUFS', times: 1 });
    await isLost(server, '');
    const { code, stderr } = await server.stop();
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^fdselect: connection with \('127\.0\.0\.1', \d+\) lost: ENOBUFS.*getsockname\n$/,
    );
  },
);

test.each(['echo-asynchat', 'echo-asyncore'])(
  '%s: a newcomer without a peer address is closed, and the next one is served',
  async (name) => {
    using faults = new Faults();
    await using server = await serve(`${name} --selector epoll`, { env: faults.env() });
    await using first = (await connectTo(server)).read();
    first.write('x\n');
    await first.gets(1);
    const fds = server.openFds.length;
    faults.set({ call: 'getpeername', error: 'ENOTCONN' });
    await isLost(server);
    await until(() => server.openFds.length === fds, 'its fd is free');
    faults.clear();
    await using next = (await connectTo(server)).read();
    next.write('y\n');
    expect(String(await next.gets(1))).toMatch(/^y/);
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  },
);

describe.each(PROGRAM_SELECTORS)('%s', (selector) => {
  test('time-broadcast at ulimit -n 40: 200 clients leave, and the next is served', async () => {
    const name = `time-broadcast --quiet --selector ${selector}`;
    await using server = await serve(name, { maxFds: 40 });
    const clients = Array.from({ length: 200 }, () => createConnection(['127.0.0.1', server.port]));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const client of clients) client.close();
    const start = performance.now();
    await using next = (await connectTo(server)).read();
    await next.gets(14);
    // One rest of a second for each twenty of them would be nine.
    expect(performance.now() - start).toBeLessThan(6000);
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  test('forward at ulimit -n 40: clients that find no fd wait, and none is closed unserved', async () => {
    await using target = await Target.open();
    const name = `forward --quiet --selector ${selector} --target 127.0.0.1:${target.port}`;
    await using server = await serve(name, { maxFds: 40 });
    const clients = await Promise.all(Array.from({ length: 40 }, () => connectTo(server)));
    for (const client of clients) client.read().write('x');
    // The target answers and ends each connection, which makes room for the others.
    const answer = setInterval(() => {
      for (const peer of target.peers) {
        if (peer.socket.isPaused()) peer.read();
        if (peer.size > 0 && peer.socket.writable) peer.socket.end('y');
        if (peer.size > 0) peer.socket.resume();
      }
    }, 20);
    try {
      for (const client of clients) {
        await client.ends();
        expect([client.text, client.failure]).toEqual(['y', undefined]);
        await client[Symbol.asyncDispose]();
      }
    } finally {
      clearInterval(answer);
    }
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  });

  test('chat-reactor: an unfinished line costs about its size', async () => {
    await using server = await serve(`chat-reactor --quiet --selector ${selector}`);
    const crowd = async (text: string) => {
      const peers = await Promise.all(
        Array.from({ length: 150 }, async () => (await connectTo(server)).read()),
      );
      for (const peer of peers) peer.write(text);
      await until(() => peers.every((peer) => peer.size > 0), 'all are welcome');
      await server.usedIn(100);
      return peers;
    };
    const others = await crowd('x\n');
    const { rss } = server;
    const peers = await crowd('x');
    // 117 KiB each were 17 MiB.
    expect(server.rss - rss).toBeLessThan(8);
    for (const peer of [...others, ...peers]) await peer[Symbol.asyncDispose]();
  });
});

test('forward: three newcomers with slow look-ups do not stop an established connection', async () => {
  const { buildNames, withNames } = await import('../support/names.ts');
  const names = buildNames();
  try {
    await using echo = await serve('echo-poll', { args: ['--quiet'] });
    const env = withNames(names.library, 'slow.test 4000 127.0.0.1');
    await using server = await serve(`forward --quiet --target slow.test:${echo.port}`, { env });
    await using first = (await connectTo(server)).read();
    first.write('x');
    await first.gets(1);
    const others = await Promise.all([1, 2, 3].map(() => connectTo(server)));
    for (const other of others) other.read().write('o');
    const start = performance.now();
    first.write('y');
    await first.gets(2);
    expect(performance.now() - start).toBeLessThan(3000); // of 4
    for (const other of others) {
      await other.gets(1);
      await other[Symbol.asyncDispose]();
    }
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  } finally {
    names.remove();
  }
});

test('forward: SIGTERM ends it while look-ups go on', async () => {
  const { buildNames, withNames } = await import('../support/names.ts');
  const names = buildNames();
  try {
    const env = withNames(names.library, 'slow.test 20000 127.0.0.1');
    await using server = await serve('forward --target slow.test:1', { env });
    const clients = await Promise.all([1, 2, 3].map(() => connectTo(server)));
    await until(() => server.lines.length === 4, 'all are accepted');
    const start = performance.now();
    const finished = server.stop();
    for (const client of clients) {
      await client.read().ends();
      await client[Symbol.asyncDispose]();
    }
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
    // The lookups take 20 s.
    expect(performance.now() - start).toBeLessThan(10_000);
  } finally {
    names.remove();
  }
});
