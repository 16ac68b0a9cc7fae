/** The echo server on asynchat: whole lines go back, without their newline. */
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, fills, type Peer, refuses, stalls } from '../support/peer.js';
import { fdselect, run, type Server, SLOW_CLOCK, serve, until } from '../support/server.js';
import { serverInTurns, sharedServer } from '../support/shared-server.ts';

const MIB = 1024 * 1024;

/** Lines of 100 bytes, or of another length. */
function lines(size: number, length = 100): Buffer {
  return Buffer.alloc(size, `${'x'.repeat(length - 1)}\n`);
}

describe.each(PROGRAM_SELECTORS)('echo-asynchat --selector %s', (selector) => {
  const open = (options?: Parameters<typeof serve>[1]): Promise<Server> =>
    serve(`echo-asynchat --selector ${selector}`, options);
  const shared = sharedServer(`echo-asynchat --selector ${selector} --newline`);
  const alone = serverInTurns(`echo-asynchat --selector ${selector}`);

  test('prints what happens, and gives lines back without their newline', async () => {
    await using server = await open();
    await using peer = (await connectTo(server)).read();
    const steps: [input: string, output: string][] = [
      ['hello\r\nwor', 'hello\r'],
      ['ld\n', 'world'],
      ['\n', ''],
      ['a\nb\nc', 'ab'],
    ];
    let expected = '';
    for (const [input, output] of steps) {
      expected += output;
      peer.write(input);
      expect(String(await peer.gets(expected.length))).toBe(expected);
    }
    peer.socket.end();
    expect(String(await peer.ends())).toBe('hello\rworldab');
    expect(peer.failure).toBeUndefined();
    await server.says(`Disconnected from ${peer.name}`);
    expect(await server.stop()).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `listening on 127.0.0.1:${server.port}
initing MSS
Connected from ${peer.name}
initing SSS
Disconnected from ${peer.name}
`,
    });
  });

  test('--newline gives the newline back, too, and with the end all that was a line', async () => {
    await using server = await open({ args: ['--newline', '--quiet'] });
    const input = Buffer.concat([lines(3_000_000), Buffer.from('\n\nlast'), Buffer.from('\nno')]);
    await using peer = (await connectTo(server)).read();
    peer.socket.end(input);
    const echo = await peer.ends();
    expect(echo.length).toBe(input.length - 2);
    expect(echo.equals(input.subarray(0, -2))).toBe(true);
    expect(server.lines).toEqual([]);
  });

  test('a terminator, and a letter, in two packets', async () => {
    const server = await shared();
    await using peer = (await connectTo(server)).read();
    const text = Buffer.from('grün\r\nblau\n');
    for (let i = 0; i < text.length; i++) {
      peer.write(text.subarray(i, i + 1));
      const complete = text.subarray(0, i + 1).lastIndexOf('\n') + 1;
      expect((await peer.gets(complete)).length).toBe(complete);
    }
    expect(String(peer.bytes)).toBe('grün\r\nblau\n');
  });

  test('a line of 1 MiB is the longest: one that is longer loses its connection only', async () => {
    using turn = await alone();
    const { server } = turn;
    await using other = (await connectTo(server)).read();
    await using peer = (await connectTo(server)).read();
    peer.write(Buffer.alloc(MIB, 'l'));
    peer.write('\n');
    expect((await peer.gets(MIB)).length).toBe(MIB);
    const rss = server.rss;
    peer.write('first\n');
    peer.write(Buffer.alloc(64 * MIB, 'l'));
    await peer.ends();
    await turn.says(`Disconnected from ${peer.name}`);
    expect(server.rss - rss).toBeLessThan(32); // of 64
    other.write('still there\n');
    expect(String(await other.gets(11))).toBe('still there');
  });

  test('a client that never reads neither stalls the others nor fills the memory', async () => {
    await using server = await open({ args: ['--newline', '--quiet'] });
    await using reader = (await connectTo(server)).read();
    reader.write(lines(1_000_000));
    await reader.gets(1_000_000);
    const rss = server.rss;
    await using sleeper = await connectTo(server);
    // More than the kernel takes for a peer that does not read.
    const data = lines(32_000_000, 1000);
    sleeper.socket.end(data);
    await stalls(sleeper, server);
    // V8 lets its heap of short-lived objects, of which each line makes some, grow to 16 MiB and more.
    expect(server.rss - rss).toBeLessThan(24); // of 32
    // The kernel may still find some room, by joining what came in small pieces; it does not spin.
    expect((await server.usedIn(500)).wakeUps).toBeLessThan(20);
    reader.write('still there?\n');
    await reader.gets(1_000_013);
    sleeper.read();
    expect((await sleeper.ends()).equals(data)).toBe(true);
  });

  test('a reset loses one client only, whether it is read from or paused', async () => {
    using turn = await alone();
    const { server } = turn;
    await using other = (await connectTo(server)).read();
    await using idle = await connectTo(server);
    await using sleeper = await connectTo(server);
    idle.write('half a line');
    sleeper.write(lines(32_000_000));
    await stalls(sleeper, server);
    const names = [idle.name, sleeper.name];
    await idle.reset();
    await sleeper.reset();
    for (const gone of names) await turn.says(`Disconnected from ${gone}`);
    other.write('alive\n');
    expect(String(await other.gets(5))).toBe('alive');
  });

  test('500 connections, half of them reset, leave no fd open', async () => {
    using turn = await alone();
    const { server } = turn;
    const before = server.openFds.length;
    for (let i = 0; i < 500; i++) {
      await using peer = (await connectTo(server)).read();
      if (i % 4 > 0) peer.write('x\ny');
      if (i % 4 > 1) await peer.gets(1);
      if (i % 2 === 0) await peer.reset();
    }
    await until(() => server.openFds.length === before, `${before} fds again`);
  });

  test('with no fd left it serves its clients, sleeps, and accepts again when one leaves', async () => {
    await using server = await open({ maxFds: 64 });
    const peers: Peer[] = [];
    try {
      for (let i = 0; i < 60; i++) peers.push((await connectTo(server)).read());
      for (const peer of peers) peer.write('x\n');
      const inside = () => peers.filter(({ size }) => size > 0);
      await until(() => server.openFds.filter((fd) => fd < 64).length === 64, 'it is full');
      const { ticks, wakeUps } = await server.usedIn(1500);
      expect(ticks).toBeLessThanOrEqual(5);
      expect(wakeUps).toBeLessThanOrEqual(10);
      const leaving = inside();
      expect(leaving.length).toBeLessThan(60);
      for (const peer of leaving) peer.socket.end();
      await until(() => inside().length === 60, 'all are served');
    } finally {
      await Promise.all(peers.map((peer) => peer[Symbol.asyncDispose]()));
    }
  });

  test('sleeps while idle', async () => {
    using turn = await alone();
    const { server } = turn;
    await using peer = (await connectTo(server)).read();
    peer.write('once\nand');
    await peer.gets(4);
    await server.sleepsFor(1000);
  });

  test('nc -N and telnet', async () => {
    using turn = await alone();
    const { server } = turn;
    const { port } = server;
    await using nc = run('nc', ['-N', '127.0.0.1', String(port)], 'one\ntwo\nthree');
    expect(await nc.finished()).toMatchObject({ code: 0, stdout: 'onetwo' });
    await using telnet = run('telnet', ['127.0.0.1', String(port)], null);
    await until(() => telnet.stdout.includes('Escape character'), 'telnet is connected');
    telnet.process.stdin?.write('typed by hand\n');
    await until(() => telnet.stdout.includes('typed by hand'), 'telnet shows the echo');
  });

  test('SIGTERM: received data is sent back, then the end', async () => {
    await using server = await open();
    await using peer = await connectTo(server);
    const written = await fills(peer, server, lines(990_000));
    peer.socket.end();
    const finished = server.stop();
    await refuses(server);
    // What it has not sent must arrive within the server's two seconds.
    peer.read();
    await peer.ends();
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(peer.failure).toBeUndefined();
    expect(peer.size).toBeGreaterThan(65536);
    expect(peer.size).toBeLessThan(written);
    expect(peer.size % 99).toBe(0);
  });

  test.each([1, 2])('%i signals, and a client that never reads', async (signals) => {
    await using server = await open({ env: signals === 2 ? SLOW_CLOCK : {} });
    await using peer = await connectTo(server);
    peer.write(lines(32_000_000));
    await stalls(peer, server);
    const start = performance.now();
    server.process.kill('SIGINT');
    await refuses(server);
    const finished = signals === 2 ? server.stop() : server.finished();
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    const seconds = (performance.now() - start) / 1000;
    if (signals === 1) expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(signals === 1 ? 10 : 15); // of 2 and of 20
  });
});

test('--newline is refused by programs that do not have it', async () => {
  const { code, stdout, stderr } = await fdselect('serve', 'echo-poll', '--newline').finished();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^error: option '--newline': echo-poll .*\n$/);
});
