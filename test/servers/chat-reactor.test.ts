/** chat-reactor: every line goes to all clients, and no client can disturb the others. */
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, type Peer } from '../support/peer.js';
import { fdselect, run, type Server, serve, until } from '../support/server.js';
import { serverInTurns, type Turn } from '../support/shared-server.ts';
import { twistedScript } from '../support/twisted.ts';

const MAX_LINE = 16384;

/** How the server calls a peer. */
function idOf(peer: Peer): string {
  return peer.name.replace('(', "('INET', ");
}

function welcome(peer: Peer): string {
  return `Welcome to the chat server, ${idOf(peer)}\n`;
}

/** Connects, and waits until the server knows of it. */
async function join(server: Server | Turn): Promise<Peer> {
  const peer = await connectTo(server);
  await server.says(`New connection from ${idOf(peer)}`);
  return peer;
}

async function joinAndRead(server: Server | Turn): Promise<Peer> {
  return (await join(server)).read();
}

/** Waits for the bytes that a peer gets after its welcome. */
async function hears(peer: Peer, text: string): Promise<void> {
  const whole = welcome(peer) + text;
  await peer.gets(Buffer.byteLength(whole));
  expect(peer.text).toBe(whole);
}

describe.each(PROGRAM_SELECTORS)('chat-reactor --selector %s', (selector) => {
  const name = `chat-reactor --selector ${selector}`;
  /** Everybody hears what is said, so a test has the server for itself. */
  const alone = serverInTurns(name);

  test('every client gets every line with the id of its sender', async () => {
    using turn = await alone();
    await using a = await joinAndRead(turn);
    await using b = await joinAndRead(turn);
    let said = `${idOf(a)}: hi\n`;
    a.write('hi\r\n');
    await hears(a, said);
    await hears(b, said);
    b.write('one\n\r\n\ntw');
    said += `${idOf(b)}: one\n${idOf(b)}: \n${idOf(b)}: \n`;
    await hears(a, said);
    b.write('o\r');
    b.write('\n');
    said += `${idOf(b)}: two\n`;
    await hears(a, said);
    await hears(b, said);
  });

  test('prints each new client, and says goodbye', async () => {
    await using server = await serve(name);
    await using a = await joinAndRead(server);
    await using b = await joinAndRead(server);
    a.write('hi\n');
    await hears(b, `${idOf(a)}: hi\n`);
    a.socket.end();
    await a.ends();
    const finished = server.stop('SIGINT');
    await b.ends();
    b.socket.end();
    expect(await finished).toEqual({
      code: 0,
      signal: null,
      stderr: '',
      stdout: `listening on 127.0.0.1:${server.port}
New connection from ${idOf(a)}
New connection from ${idOf(b)}
`,
    });
    expect([a.failure, b.failure]).toEqual([undefined, undefined]);
  });

  test('a line of 16384 bytes goes through, however it is cut, with LF and with CR LF', async () => {
    using turn = await alone();
    await using a = await joinAndRead(turn);
    const line = 'x'.repeat(MAX_LINE);
    const relayed = `${idOf(a)}: ${line}\n`;
    a.write(`${line}\n`);
    await hears(a, relayed);
    a.write(`${line}\r`);
    await until(() => a.socket.writableLength === 0, 'all is written');
    a.write('\n');
    await hears(a, relayed + relayed);
    for (const byte of Buffer.from(`${line}\n`)) a.write(Buffer.of(byte));
    await hears(a, relayed + relayed + relayed);
  });

  test.each([
    ['at once', `${'x'.repeat(MAX_LINE + 1)}\n`],
    ['with CR LF', `${'x'.repeat(MAX_LINE + 1)}\r\n`],
    ['without an end', 'x'.repeat(MAX_LINE + 1)],
    ['with a CR in it', `${'x'.repeat(MAX_LINE)}\rx\n`],
    ['much longer', 'x'.repeat(60_000)],
  ])('a longer line disconnects its sender: %s', async (_, line) => {
    using turn = await alone();
    await using a = await joinAndRead(turn);
    await using b = await joinAndRead(turn);
    a.write(`before\n${line}`);
    await a.ends();
    await hears(a, `${idOf(a)}: before\n`);
    b.write('peace\n');
    await hears(b, `${idOf(a)}: before\n${idOf(b)}: peace\n`);
  });

  test('lines after a line that is too long are not relayed', async () => {
    using turn = await alone();
    await using a = await joinAndRead(turn);
    await using b = await joinAndRead(turn);
    a.write(`before\n${'x'.repeat(MAX_LINE + 1)}\nafter\nand after\n`);
    await a.ends();
    b.write('peace\n');
    await hears(b, `${idOf(a)}: before\n${idOf(b)}: peace\n`);
  });

  test('a client that does not read is dropped at 1 MiB, the others get everything', async () => {
    await using server = await serve(name);
    await using sleeper = await join(server);
    await using talker = await joinAndRead(server);
    const line = `${'x'.repeat(16_000)}\n`;
    const relayed = `${idOf(talker)}: ${line}`;
    const { length } = server.openFds;
    let count = 0;
    while (server.openFds.length === length) {
      expect(++count).toBeLessThan(2000);
      talker.write(line);
      await talker.gets(welcome(talker).length + count * relayed.length);
    }
    expect(count * relayed.length).toBeGreaterThan(1024 * 1024);
    talker.write('the end\n');
    await hears(talker, `${relayed.repeat(count)}${idOf(talker)}: the end\n`);
    await sleeper.read().ends();
    expect(server.rss).toBeLessThan(200);
    const { code, stderr } = await server.stop();
    expect(code).toBe(0);
    const [start, end] = stderr.split(/\d+ bytes wait/);
    expect(start).toBe(
      `fdselect: dropped ${idOf(sleeper)}: ENOBUFS: no buffer space available, write, `,
    );
    expect(end).toBe('\n');
  });

  test('clients that leave in every way, also during a broadcast', async () => {
    using turn = await alone();
    const { server } = turn;
    await using a = await joinAndRead(turn);
    await using b = await joinAndRead(turn);
    let said = '';
    for (let i = 0; i < 60; i++) {
      await using guest = await join(turn);
      if (i % 2 === 0) guest.read();
      // While it is stopped, events accumulate for one turn.
      await server.freeze();
      a.write(`${i}\n`);
      if (i % 3 === 0) await guest.reset();
      else if (i % 3 === 1) guest.socket.end('half a line');
      else guest.socket.destroy();
      server.thaw();
      said += `${idOf(a)}: ${i}\n`;
      await hears(b, said);
    }
    await hears(a, said);
  });

  test('500 connections leave no fd open', async () => {
    await using server = await serve(name, { args: ['--quiet'] });
    await using first = (await connectTo(server)).read();
    await first.gets(1);
    const before = server.openFds.length;
    for (let i = 0; i < 500; i++) {
      await using peer = (await connectTo(server)).read();
      if (i % 4 !== 0) await peer.gets(1);
      if (i % 3 === 0) await peer.reset();
      else peer.socket.end('x\n');
      if (i % 3 === 1) await peer.ends();
    }
    await until(() => server.openFds.length === before, `${before} fds again`);
    expect(server.lines).toEqual([]);
  });

  test('sleeps while idle, also after a line was sent', async () => {
    using turn = await alone();
    const { server } = turn;
    await using a = await joinAndRead(turn);
    a.write('hi\n');
    await hears(a, `${idOf(a)}: hi\n`);
    await server.sleepsFor(1000);
  });

  test('nc -N gets its own lines, and no more', async () => {
    using turn = await alone();
    const { server } = turn;
    await using nc = run('nc', ['-N', '127.0.0.1', String(server.port)], 'hi\nho\nunfinished');
    const { stdout, code } = await nc.finished();
    const id = turn.lines[0]?.slice('New connection from '.length);
    expect(stdout).toBe(`Welcome to the chat server, ${id}\n${id}: hi\n${id}: ho\n`);
    expect(code).toBe(0);
  });

  test('telnet, which sends CR LF', async () => {
    using turn = await alone();
    const { server } = turn;
    await using telnet = run('telnet', ['127.0.0.1', String(server.port)], null);
    await until(() => telnet.stdout.includes('Welcome to the chat server'), 'it is welcome');
    telnet.process.stdin?.write('typed by hand\n');
    await until(() => telnet.stdout.includes('): typed by hand\n'), 'telnet shows the line');
  });

  twistedScript('a client in Twisted', async (python) => {
    using turn = await alone();
    const { server } = turn;
    await using a = await joinAndRead(turn);
    await using client = python(
      `
from twisted.internet import protocol, reactor
from twisted.protocols.basic import LineOnlyReceiver
class Client(LineOnlyReceiver):
    delimiter = b'\\n'
    def connectionMade(self):
        self.transport.write(b'from Twisted\\r\\n')
    def lineReceived(self, line):
        print(line.decode())
        if line.endswith(b'bye'): self.transport.loseConnection()
    def connectionLost(self, reason):
        print(reason.getErrorMessage())
        reactor.stop()
factory = protocol.ClientFactory()
factory.protocol = Client
reactor.connectTCP('127.0.0.1', int(sys.argv[1]), factory)
reactor.run()
`,
      String(server.port),
    );
    await until(() => a.text.endsWith(': from Twisted\n'), 'its line');
    a.write('bye\n');
    const { stdout, stderr, code } = await client.finished();
    const id = (turn.lines[1] as string).slice('New connection from '.length);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toBe(`Welcome to the chat server, ${id}
${id}: from Twisted
${idOf(a)}: bye
Connection was closed cleanly.
`);
  });
});

test('with no fd left it serves its clients, sleeps, and accepts again when some leave', async () => {
  await using server = await serve('chat-reactor', { maxFds: 64 });
  await using first = await joinAndRead(server);
  const before = server.openFds.length;
  const peers = await Promise.all(Array.from({ length: 80 }, () => connectTo(server)));
  for (const peer of peers) peer.read();
  const isInside = (peer: Peer) => server.lines.includes(`New connection from ${idOf(peer)}`);
  await until(() => peers.every((peer) => isInside(peer) || peer.isClosed || peer.hasEnded), 'all');
  const inside = peers.filter(isInside);
  expect(inside.length).toBeGreaterThan(0);
  expect(inside.length).toBeLessThan(80);
  first.write('hi\n');
  for (const peer of inside) await hears(peer, `${idOf(first)}: hi\n`);
  const { ticks, wakeUps } = await server.usedIn(1000);
  expect(ticks).toBeLessThanOrEqual(5);
  expect(wakeUps).toBeLessThanOrEqual(10);
  for (const peer of peers) peer.socket.destroy();
  await until(() => server.openFds.length === before, 'their fds are free');
  await using last = await joinAndRead(server);
  last.write('last\n');
  await hears(last, `${idOf(last)}: last\n`);
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
});

test('on IPv6', async () => {
  await using server = await serve('chat-reactor --host ::1');
  expect(server.host).toBe('[::1]');
  await using peer = (await connectTo(server, { host: '::1' })).read();
  const id = `('INET6', '::1', ${peer.socket.localPort})`;
  peer.socket.end('hi\n');
  await peer.ends();
  expect(peer.text).toBe(`Welcome to the chat server, ${id}\n${id}: hi\n`);
});

test.each(['echo-reactor', 'chat-reactor'])('%s: a port in use', async (name) => {
  await using server = await serve('echo-poll');
  const second = await fdselect('serve', name, '--port', String(server.port)).finished();
  expect({ code: second.code, stdout: second.stdout }).toEqual({ code: 1, stdout: '' });
  expect(second.stderr).toMatch(/^fdselect: EADDRINUSE: .*\n$/);
});

test.each(['echo-reactor', 'chat-reactor'])('%s --quiet prints one line', async (name) => {
  await using server = await serve(name, { args: ['--quiet', '--hint'] });
  await using peer = (await connectTo(server)).read();
  peer.socket.end('1\n');
  await peer.ends();
  expect((await server.stop()).stdout).toBe(`listening on 127.0.0.1:${server.port}\n`);
});

test.each(['echo-reactor', 'chat-reactor'])('%s: its output is not read', async (name) => {
  await using server = await serve(name);
  server.process.stdout?.destroy();
  for (let i = 0; i < 3; i++) {
    await using peer = (await connectTo(server)).read();
    peer.socket.end('1\n');
    expect(String(await peer.ends())).toMatch(/1\n$/);
  }
  expect(await server.stop()).toMatchObject({ code: 0, signal: null, stderr: '' });
});
