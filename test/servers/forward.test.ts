/** forward: data, end of file and out-of-band bytes in both directions, for many clients. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, type Peer, stalls } from '../support/peer.js';
import { fdselect, run, type Server, SLOW_CLOCK, serve, until } from '../support/server.js';
import { closedPort, Target } from '../support/target.js';

function forward(
  selector: string,
  port: number,
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Server> {
  return serve(`forward --selector ${selector} --target 127.0.0.1:${port}`, { args, env });
}

describe.each(PROGRAM_SELECTORS)('forward --selector %s', (selector) => {
  test('prints where it listens, and each new client', async () => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port);
    await using client = (await connectTo(server)).read();
    client.write('hello');
    const peer = (await target.peer()).read();
    expect(String(await peer.gets(5))).toBe('hello');
    peer.write('and back');
    expect(String(await client.gets(8))).toBe('and back');
    client.socket.end();
    await peer.ends();
    peer.socket.end();
    await client.ends();
    expect(await server.stop()).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `listening on 127.0.0.1:${server.port}
accepting connections on port ${server.port}
connect from 127.0.0.1
`,
    });
  });

  test('5 MB in both directions at once, for four clients', async () => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port, ['--quiet']);
    const work = Array.from({ length: 4 }, async (_, i) => {
      await using client = (await connectTo(server)).read();
      const [up, down] = [randomBytes(5_000_000), randomBytes(5_000_000)];
      client.write(Buffer.of(i));
      client.socket.end(up);
      const first = () => target.peers.find((peer) => peer.size > 0 && peer.bytes[0] === i);
      await until(() => {
        for (const peer of target.peers) if (peer.socket.isPaused()) peer.read();
        return first() !== undefined;
      }, 'the first byte');
      const peer = first() as Peer;
      peer.socket.end(down);
      expect((await peer.ends()).subarray(1).equals(up)).toBe(true);
      expect((await client.ends()).equals(down)).toBe(true);
      expect([client.failure, peer.failure]).toEqual([undefined, undefined]);
    });
    await Promise.all(work);
  });

  test.each(['client', 'target'])('half-close: the %s ends, the other goes on', async (who) => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port);
    await using client = (await connectTo(server)).read();
    const peer = (await target.peer()).read();
    const [one, other] = who === 'client' ? [client, peer] : [peer, client];
    one.socket.end('last words');
    expect(String(await other.ends())).toBe('last words');
    expect(one.hasEnded).toBe(false);
    const data = randomBytes(3_000_000);
    other.socket.end(data);
    expect((await one.ends()).equals(data)).toBe(true);
    expect([client.failure, peer.failure]).toEqual([undefined, undefined]);
  });

  test.each(['client', 'target'])('a %s that never reads stalls its writer only', async (who) => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port, ['--quiet']);
    await using client = await connectTo(server);
    const peer = await target.peer();
    const [sleeper, writer] = who === 'client' ? [client, peer] : [peer, client];
    const rss = server.rss;
    const data = randomBytes(32 * 1024 * 1024);
    writer.socket.end(data);
    await stalls(writer, server);
    expect(server.rss - rss).toBeLessThan(16); // of 32
    await server.sleepsFor(500);
    // The sleeper reads nothing, but it is heard.
    const other = randomBytes(1_000_000);
    writer.read();
    sleeper.write(other);
    expect((await writer.gets(other.length)).equals(other)).toBe(true);
    sleeper.read();
    expect((await sleeper.ends()).equals(data)).toBe(true);
  });

  test('a refused target closes the client', async () => {
    await using server = await forward(selector, await closedPort());
    await using client = (await connectTo(server)).read();
    client.write('is anybody there?');
    expect(String(await client.ends())).toBe('');
    expect(client.failure).toBeUndefined();
    client.socket.end();
    await using second = (await connectTo(server)).read();
    await second.ends();
    expect((await server.stop()).stderr).toBe('');
  });

  test.each(['client', 'target'])('a reset of the %s resets the other one', async (who) => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port);
    await using client = (await connectTo(server)).read();
    const peer = (await target.peer()).read();
    client.write('x'); // a target that resets before the forwarder has seen it has refused
    await peer.gets(1);
    const [one, other] = who === 'client' ? [client, peer] : [peer, client];
    await one.reset();
    await until(() => other.isClosed, 'the other is closed');
    expect(other.failure).toBe('ECONNRESET');
    await using next = (await connectTo(server)).read();
    next.write('x');
    expect(String(await (await target.peer(1)).read().gets(1))).toBe('x');
  });

  test('out-of-band bytes stay out of band, both ways', async () => {
    const script = `
import select, socket, subprocess, sys
listener = socket.create_server(('127.0.0.1', 0))
command = sys.argv[1:] + ['--target', '127.0.0.1:%d' % listener.getsockname()[1]]
server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
port = int(server.stdout.readline().rsplit(':', 1)[1])
client = socket.create_connection(('127.0.0.1', port))
target = listener.accept()[0]
def pass_on(a, b, byte):
    a.sendall(b'before')
    a.send(byte, socket.MSG_OOB)
    if not select.select([], [], [b], 10)[2]: return 'nothing'
    urgent = b.recv(1, socket.MSG_OOB)
    a.sendall(b'after')
    data = b''
    while len(data) < 11: data += b.recv(100)
    return urgent, data
print(pass_on(client, target, b'!'), pass_on(target, client, b'?'), pass_on(client, target, b'3'))
server.terminate()
client.close(); target.close()
print(server.wait())
`;
    const cli = new URL('../../dist/cli.js', import.meta.url).pathname;
    const command = [process.execPath, cli, 'serve', 'forward', '--port', '0'];
    await using python = run('python3', ['-c', script, ...command, '--selector', selector]);
    expect(await python.finished()).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: "(b'!', b'beforeafter') (b'?', b'beforeafter') (b'3', b'beforeafter')\n0\n",
    });
  });

  test('nc -N through it to an echo server', async () => {
    await using echo = await serve('echo-poll', { args: ['--quiet'] });
    await using server = await forward(selector, echo.port);
    const input = 'hi'.repeat(1_500_000);
    await using nc = run('nc', ['-N', '127.0.0.1', String(server.port)], input);
    const { stdout, code } = await nc.finished();
    expect(stdout === input).toBe(true);
    expect(code).toBe(0);
  });

  test('sleeps while idle', async () => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port);
    await using client = await connectTo(server);
    client.socket.end('half');
    const peer = (await target.peer()).read();
    await peer.ends();
    peer.write('x');
    await client.read().gets(1);
    await server.sleepsFor(1000);
  });

  test('200 connections leave no fd open', async () => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port, ['--quiet']);
    let before = 0;
    for (let i = 0; i < 200; i++) {
      await using client = (await connectTo(server)).read();
      client.write('x');
      const peer = (await target.peer(i)).read();
      await peer.gets(1);
      if (i === 0) before = server.openFds.length - 2;
      const [one, other] = i % 2 === 0 ? [client, peer] : [peer, client];
      if (i % 3 === 0) await one.reset();
      else one.socket.end();
      await other.ends();
      other.socket.end();
      await until(() => one.isClosed || one.hasEnded, 'its own end');
    }
    await until(() => server.openFds.length === before, `${before} fds again`);
  });

  test('SIGTERM: received data is sent to both, then the end', async () => {
    await using target = await Target.open();
    await using server = await forward(selector, target.port);
    await using client = await connectTo(server);
    const peer = await target.peer();
    for (const one of [client, peer]) one.write(Buffer.alloc(32 * 1024 * 1024, 'x'));
    await stalls(client, server);
    await stalls(peer, server);
    const finished = server.stop();
    for (const one of [client, peer]) one.read();
    await Promise.all([client.ends(), peer.ends()]);
    for (const one of [client, peer]) {
      expect(one.size).toBeGreaterThan(65536);
      expect(one.failure).toBeUndefined();
    }
    client.socket.end();
    peer.socket.end();
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test.each([1, 2])('%i signals, and a client that does not read', async (signals) => {
    await using target = await Target.open();
    const env = signals === 2 ? SLOW_CLOCK : {};
    await using server = await forward(selector, target.port, [], env);
    await using client = await connectTo(server);
    const peer = await target.peer();
    client.write(Buffer.alloc(32 * 1024 * 1024));
    await stalls(client, server);
    const start = performance.now();
    const finished = server.stop();
    if (signals === 2) {
      // When it reads from the client again, it has seen the first signal.
      const { writableLength } = client.socket;
      await until(() => client.socket.writableLength < writableLength, 'input is discarded');
      server.process.kill('SIGINT');
    }
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    const seconds = (performance.now() - start) / 1000;
    expect(peer.size).toBe(0);
    if (signals === 1) expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(signals === 1 ? 10 : 15); // of 2 and of 20
  });
});

test('with no fd left it serves its clients, sleeps, and accepts again when one leaves', async () => {
  await using target = await Target.open();
  await using server = await serve(`forward --target 127.0.0.1:${target.port}`, { maxFds: 64 });
  await using first = (await connectTo(server)).read();
  await target.peer();
  const room = server.openFds.length;
  const clients = await Promise.all(Array.from({ length: 40 }, () => connectTo(server)));
  await until(() => server.lines.length > 5, 'some are accepted');
  first.write('x');
  expect(String(await (await target.peer()).read().gets(1))).toBe('x');
  const { ticks, wakeUps } = await server.usedIn(2500);
  expect(ticks).toBeLessThanOrEqual(5);
  expect(wakeUps).toBeLessThanOrEqual(20);
  await Promise.all(clients.map((client) => client.reset()));
  // Also for the clients that waited in the kernel's queue: each takes another fd for the target.
  const accepted = () => server.lines.filter((line) => line.startsWith('connect from')).length;
  await until(() => accepted() === 41 && server.openFds.length <= room, 'their fds are free');
  const count = target.peers.length;
  await using last = (await connectTo(server)).read();
  last.write('last');
  await until(() => {
    for (const peer of target.peers) if (peer.socket.isPaused()) peer.read();
    return target.peers.slice(count).some((peer) => peer.text === 'last');
  }, 'a newcomer gets through');
  expect(await server.stop('SIGINT')).toMatchObject({ code: 0, stderr: '' });
});

test('a target on IPv6', async () => {
  await using echo = await serve('echo-poll --host ::1');
  await using server = await serve(`forward --host ::1 --target [::1]:${echo.port}`);
  await using client = (await connectTo(server, { host: '::1' })).read();
  client.socket.end('six');
  expect(String(await client.ends())).toBe('six');
  await until(() => server.lines.includes('connect from ::1'), 'it says who came');
});

test.each([
  [['forward'], '--target'],
  ...[
    '',
    'host',
    'host:',
    ':80',
    'host:http',
    'host:0',
    'host:65536',
    '::1:80',
    '[::1]',
    'a b:1',
  ].map((target) => [['forward', '--target', target], '--target'] as const),
  [['echo-poll', '--target', '127.0.0.1:80'], '--target'],
] as const)('usage error: %j', async (args, word) => {
  const { code, stdout, stderr } = await fdselect('serve', ...args).finished();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(word);
  expect(stderr).toMatch(/^error: .*\n$/);
});
