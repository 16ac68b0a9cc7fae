/** time-broadcast, time-relay and time-source: every subscriber gets every message. */
import { describe, expect, test } from 'vitest';
import { PROGRAM_SELECTORS } from '../support/amount.ts';
import { connectTo, type Peer } from '../support/peer.js';
import {
  type Child,
  fdselect,
  run,
  type Server,
  SLOW_CLOCK,
  serve,
  until,
} from '../support/server.js';

/** How many bytes a time has. */
const SIZE = 14;

/** Cuts a stream without separators. */
function times(text: string): string[] {
  return text.match(/.{14}/gs) ?? [];
}

interface Relay {
  server: Server;
  publishers: { port: number };
}

async function relay(options = '', env: NodeJS.ProcessEnv = {}): Promise<Relay & AsyncDisposable> {
  const server = await serve(`time-relay --publish-port 0 ${options}`.trim(), { env });
  await until(() => server.lines.length > 0, 'its second line');
  const port = Number(/^publishers on 127\.0\.0\.1:(\d+)$/.exec(server.lines[0] as string)?.[1]);
  return {
    server,
    publishers: { port },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Waits until subscribers are connected: they do not get earlier messages. */
async function subscribed({ publishers }: Relay, subscribers: Peer[]): Promise<void> {
  await using probe = (await connectTo(publishers)).read();
  await until(() => {
    probe.write('?');
    return subscribers.every((peer) => peer.size > 0);
  }, 'all have got something');
  probe.socket.end('!');
  await probe.ends();
  await until(() => subscribers.every((peer) => peer.text.endsWith('!')), 'all have got it all');
}

/** What a peer got without the probes. */
function textOf(peer: Peer): string {
  return peer.text.replace(/^\?+!/, '');
}

/** A client in Python that prints what it gets, up to a number of bytes or the end. */
function python(port: number, size: number): Child {
  const script = `
import socket, sys
s = socket.create_connection(('127.0.0.1', ${port}))
data = b''
while len(data) < ${size}:
    chunk = s.recv(4096)
    if not chunk: break
    data += chunk
print(data[:${size}].decode(), end='')
`;
  return run('python3', ['-c', script]);
}

describe.each(PROGRAM_SELECTORS)('%s', (selector) => {
  test('five clients get the same times, ten a second, without drift', async () => {
    await using server = await serve(`time-broadcast --selector ${selector}`);
    const peers = await Promise.all([1, 2, 3, 4].map(async () => (await connectTo(server)).read()));
    const start = Date.now() / 1000;
    await using fifth = python(server.port, 5 * SIZE);
    const { stdout } = await fifth.finished(); // it begins as late as Python does
    for (const peer of peers) await peer.gets(16 * SIZE);
    const [first, ...others] = peers.map((peer) => times(peer.text));
    for (const got of [...others, times(stdout)]) {
      expect(got.length).toBeGreaterThanOrEqual(5);
      const begin = first?.indexOf(got[0] as string) ?? -1;
      const end = Math.min((first?.length ?? 0) - begin, got.length);
      expect(got.slice(0, end)).toEqual(first?.slice(begin, begin + end));
    }
    const numbers = (first as string[]).map(Number);
    for (const text of first as string[]) expect(text).toMatch(/^\d{10}\.\d{3}$/);
    expect(Math.abs((numbers[0] as number) - start)).toBeLessThan(5);
    // A time is not late because earlier ones were: the earliest of a few is on the beat.
    const offBeat = (few: number[]) => Math.min(...few.map((time) => (time - lowest) % 0.1));
    const lowest = Math.min(...numbers.map((time, i) => time - 0.1 * i)) - 0.0005;
    expect(offBeat(numbers.slice(-8))).toBeLessThan(0.02);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('--newline: one time on each line; nc gets them, and nothing is echoed', async () => {
    await using server = await serve(`time-broadcast --newline --selector ${selector}`);
    await using nc = run('nc', ['127.0.0.1', String(server.port)], null);
    nc.process.stdin?.write('typed by the client\n');
    await until(() => nc.stdout.split('\n').length > 5, 'five lines');
    expect(nc.stdout).toMatch(/^(\d{10}\.\d{3}\n)+$/);
    await using half = (await connectTo(server)).read();
    half.socket.end(); // a half-closed client is flushed and closed
    expect(String(await half.ends())).toMatch(/^(\d{10}\.\d{3}\n)*$/);
  });

  test('a client that leaves, by FIN or RST, does not affect others', async () => {
    await using server = await serve(`time-broadcast --selector ${selector}`);
    await using stayer = (await connectTo(server)).read();
    for (const leave of ['FIN', 'RST', 'FIN', 'RST']) {
      await using leaver = (await connectTo(server)).read();
      await Promise.all([stayer.gets(stayer.size + SIZE), leaver.gets(SIZE)]);
      if (leave === 'RST') await leaver.reset();
    }
    const size = stayer.size;
    await stayer.gets(size + 2 * SIZE);
    const gaps = times(stayer.text).map(
      (time, i, all) => Number(time) - Number(all[i - 1] ?? time),
    );
    expect(Math.max(...gaps)).toBeLessThan(3);
    const finished = server.stop();
    await stayer.ends();
    stayer.socket.end();
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test('published data gets to all subscribers, each chunk in one piece', async () => {
    await using running = await relay(`--selector ${selector}`);
    const { server, publishers } = running;
    const peers = await Promise.all([1, 2, 3].map(async () => (await connectTo(server)).read()));
    await subscribed(running, peers);
    const names = ['a', 'b'];
    await Promise.all(
      names.map(async (name) => {
        await using publisher = await connectTo(publishers);
        for (let i = 0; i < 50; i++) {
          publisher.write(`<${name}${String(i).padStart(3, '0')}${name.repeat(995)}>`);
          await new Promise((resolve) => setImmediate(resolve));
        }
        publisher.socket.end();
        await publisher.read().ends();
      }),
    );
    for (const peer of peers) await until(() => textOf(peer).length === 100_100, 'all of it');
    const [first, ...others] = peers.map(textOf);
    for (const text of others) expect(text === first).toBe(true);
    const records = first?.match(/<[^>]*>/g) ?? [];
    expect(records.join('') === first).toBe(true);
    for (const name of names) {
      const own = records.filter((record) => record.startsWith(`<${name}`));
      expect(own).toEqual(
        Array.from({ length: 50 }, (_, i) => {
          return `<${name}${String(i).padStart(3, '0')}${name.repeat(995)}>`;
        }),
      );
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test('the three together: a source publishes the time, nc and Python get it', async () => {
    await using running = await relay(`--selector ${selector}`);
    const { server, publishers } = running;
    const args = ['serve', 'time-source', '--port', String(publishers.port), '--newline'];
    await using source = fdselect(...args, '--selector', selector);
    await until(() => source.stdout !== '', 'it is connected');
    await using nc = run('nc', ['127.0.0.1', String(server.port)], null);
    await using client = python(server.port, 4 * (SIZE + 1));
    await until(() => nc.stdout.split('\n').length > 5, 'five lines');
    expect(nc.stdout).toMatch(/^(\d{10}\.\d{3}\n)+$/);
    expect((await client.finished()).stdout).toMatch(/^(\d{10}\.\d{3}\n){4}$/);
    nc.process.kill();
    await nc.finished();
    expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
    // The relay has gone, and so does the source.
    expect(await source.finished()).toEqual({
      code: 0,
      signal: null,
      stdout: `connected to 127.0.0.1:${publishers.port}\n`,
      stderr: '',
    });
  });

  test('a subscriber that never reads is dropped; memory is bounded, the others get all', async () => {
    await using running = await relay(`--selector ${selector}`);
    const { server, publishers } = running;
    await using reader = (await connectTo(server)).read();
    await using sleeper = await connectTo(server);
    await subscribed(running, [reader]);
    const { rss } = server;
    const begin = reader.size;
    await using publisher = await connectTo(publishers);
    const chunk = Buffer.alloc(65536, 'x');
    let sent = 0;
    // Not more at once than a reader that reads can take.
    while (server.stderr === '' && sent < 64 << 20) {
      publisher.write(chunk);
      sent += chunk.length;
      await reader.gets(begin + sent - (1 << 17));
    }
    await reader.gets(begin + sent);
    expect(reader.size).toBe(begin + sent);
    expect(server.stderr).toMatch(
      /^fdselect: SubscribeTo_\d+ ended: the inbox of the connection with \('127\.0\.0\.1', \d+\) is full: .*\n$/,
    );
    expect(server.rss - rss).toBeLessThan(48);
    // A reset, which Node shows as an end where it comes upon unread data.
    expect((await sleeper.read().ends()).length).toBeLessThan(sent);
    publisher.write('and on');
    await reader.gets(begin + sent + 6);
    expect(reader.text.endsWith('and on')).toBe(true);
  });

  test('SIGTERM: published data is delivered, then the end', async () => {
    await using running = await relay(`--selector ${selector}`);
    const { server, publishers } = running;
    await using fast = (await connectTo(server)).read();
    await using slow = await connectTo(server);
    slow.read();
    await subscribed(running, [fast, slow]);
    slow.socket.pause();
    const [begin, slowly] = [fast.size, slow.size];
    await using publisher = await connectTo(publishers);
    publisher.write(Buffer.alloc(3_000_000, 'x'));
    await fast.gets(begin + 3_000_000);
    const finished = server.stop();
    slow.socket.resume();
    await Promise.all([fast.ends(), slow.ends(), publisher.read().ends()]);
    expect([fast.size - begin, slow.size - slowly]).toEqual([3_000_000, 3_000_000]);
    for (const peer of [fast, slow, publisher]) peer.socket.end();
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
  });

  test.each([1, 2])('%i signals, and a subscriber that does not end', async (signals) => {
    const env = signals === 2 ? SLOW_CLOCK : {};
    await using running = await relay(`--selector ${selector}`, env);
    const { server } = running;
    await using peer = (await connectTo(server)).read();
    await subscribed(running, [peer]);
    const start = performance.now();
    const finished = server.stop();
    await peer.ends(); // it has seen the first one
    if (signals === 2) server.process.kill('SIGINT');
    expect(await finished).toMatchObject({ code: 0, signal: null, stderr: '' });
    const seconds = (performance.now() - start) / 1000;
    if (signals === 1) expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(signals === 1 ? 10 : 15); // of 2 and of 20
  });

  test('a relay sleeps while idle', async () => {
    await using running = await relay(`--selector ${selector}`);
    await using peer = (await connectTo(running.server)).read();
    await using publisher = await connectTo(running.publishers);
    await subscribed(running, [peer]);
    await running.server.sleepsFor(1000);
    await publisher.reset();
  });

  test('time-source: SIGTERM ends it with exit code 0', async () => {
    await using running = await relay();
    const port = String(running.publishers.port);
    await using source = fdselect('serve', 'time-source', '--port', port, '--selector', selector);
    await until(() => source.stdout !== '', 'it is connected');
    source.process.kill('SIGTERM');
    expect(await source.finished()).toMatchObject({ code: 0, signal: null, stderr: '' });
    await using peer = (await connectTo(running.server)).read();
    await subscribed(running, [peer]); // the relay goes on
  });

  test('with no fd left it serves its clients, sleeps, and accepts again when one leaves', async () => {
    await using server = await serve(`time-broadcast --selector ${selector}`, { maxFds: 64 });
    await using first = (await connectTo(server)).read();
    await first.gets(SIZE);
    const clients = await Promise.all(Array.from({ length: 60 }, () => connectTo(server)));
    for (const client of clients) client.read();
    await first.gets(first.size + 3 * SIZE);
    const before = server.cpuTicks;
    await first.gets(first.size + 20 * SIZE);
    expect(server.cpuTicks - before).toBeLessThan(40); // of 200
    await Promise.all(clients.map((client) => client.reset()));
    await using last = (await connectTo(server)).read();
    expect(times(String(await last.gets(SIZE)))).not.toHaveLength(0);
  });
});

test('time-source: refused', async () => {
  await using listener = await relay();
  const { port } = listener.publishers;
  await listener.server.stop();
  const { code, stdout, stderr } = await fdselect(
    ...['serve', 'time-source', '--port', String(port)],
  ).finished();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^fdselect: ECONNREFUSED: .*\n$/);
});

test.each(['--port', '--publish-port'])('time-relay: %s in use', async (option) => {
  await using server = await serve('time-broadcast');
  const other = option === '--port' ? '--publish-port' : '--port';
  const args = ['serve', 'time-relay', other, '0', option, String(server.port)];
  const { code, stdout, stderr } = await fdselect(...args).finished();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^fdselect: EADDRINUSE: .*\n$/);
});

test('--quiet prints one line', async () => {
  await using server = await serve('time-relay --publish-port 0 --quiet');
  const { stdout } = await server.stop();
  expect(stdout).toBe(`listening on 127.0.0.1:${server.port}\n`);
});

test('IPv6', async () => {
  await using server = await serve('time-relay --host ::1 --publish-port 0');
  expect(server.host).toBe('[::1]');
  await until(() => server.lines.length > 0, 'its second line');
  const port = /^publishers on \[::1\]:(\d+)$/.exec(server.lines[0] as string)?.[1] as string;
  await using source = fdselect('serve', 'time-source', '--host', '::1', '--port', port);
  await until(() => source.stdout === `connected to [::1]:${port}\n`, 'it is connected');
  await using peer = (await connectTo(server, { host: '::1' })).read();
  expect(times(String(await peer.gets(SIZE)))).not.toHaveLength(0);
});

test.each([
  [['time-broadcast', '--publish-port', '1'], '--publish-port'],
  [['time-relay', '--newline'], '--newline'],
  [['time-relay', '--publish-port', 'x'], '--publish-port'],
  [['time-source', '--port', '0'], '--port'],
  [['time-source', '--selector', 'kqueue'], 'kqueue'],
] as const)('usage error: %j', async (args, word) => {
  const { code, stdout, stderr } = await fdselect('serve', ...args).finished();
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(word);
  expect(stderr).toMatch(/^error: .*\n$/);
});
