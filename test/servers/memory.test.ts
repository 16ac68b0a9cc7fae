/**
 * Kept messages cost about their size in memory, however small they are: the peak of resident
 * memory (VmHWM) with many tiny messages for clients that do not read.
 */
import { type InternetAddress, SO_RCVBUF, SOL_SOCKET, Socket } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { Faults } from '../chaos/faults.js';
import { connectTo, type Peer } from '../support/peer.js';
import { type Server, serve, until } from '../support/server.js';

/** MiB; how much the runtime's own heap may grow. */
const NOISE = 40;
/** The same, where one client or a few have sent some thousand bytes: of bytes kept one by one, more. */
const LITTLE_NOISE = 18;
/** The same, where each of them settles promises. */
const PROMISES = 35;
/** Bytes; how much the kernel buffers for a client that does not read. */
const SEND_BUFFER = 4096;
const KIB = 1024;

interface Scene extends AsyncDisposable {
  server: Server;
  /** Reads one byte at a time from now on. */
  readSlowly(): void;
  connect(count: number): Promise<Peer[]>;
  /** MiB; of its peak since the start. */
  growth(): number;
}

async function open(command: string, args: string[] = []): Promise<Scene> {
  const faults = new Faults();
  const server = await serve(command, { args, env: faults.env(SEND_BUFFER) });
  const peers: Peer[] = [];
  const { rss } = server;
  return {
    server,
    readSlowly: () => faults.set({ call: 'recv', error: 1 }),
    async connect(count) {
      const some = await Promise.all(Array.from({ length: count }, () => connectTo(server)));
      peers.push(...some);
      return some;
    },
    growth: () => server.peakRss - rss,
    async [Symbol.asyncDispose]() {
      for (const peer of peers) await peer[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      faults[Symbol.dispose]();
    },
  };
}

/** Waits until the server has done everything. */
async function rests({ server }: Scene): Promise<void> {
  await server.sleepsFor(100);
}

test.each(['chat-bob', 'chat-reactor --selector epoll'])(
  '%s: empty lines for ten members that do not read: a megabyte each, then they are dropped',
  async (command) => {
    await using scene = await open(command, ['--quiet']);
    const [speaker] = (await scene.connect(1)) as [Peer];
    speaker.read();
    await scene.connect(10);
    await rests(scene);
    const fds = scene.server.openFds.length;
    let count = 0;
    // No more at once than the speaker can take.
    for (; scene.server.openFds.length > fds - 10; count += 2000) {
      expect(count).toBeLessThan(100_000);
      speaker.write('\n'.repeat(2000));
      const lines = () => speaker.text.split('\n').length;
      await until(() => lines() > count + 2000, 'the speaker has got all lines');
    }
    expect(count).toBeGreaterThan(10_000);
    expect(scene.growth()).toBeLessThan(NOISE + 10); // at most 1 MiB for each
  },
);

test('time-relay: 15,000 messages of one byte for three subscribers that do not read', async () => {
  await using scene = await open('time-relay', ['--publish-port', '0']);
  const { server } = scene;
  await until(() => server.lines.length > 0, 'its second line');
  const port = Number(/:(\d+)$/.exec(server.lines[0] as string)?.[1]);
  await using publisher = await connectTo({ port });
  await scene.connect(3);
  await using reader = (await connectTo(server)).read();
  await until(() => {
    publisher.write('?');
    return reader.size > 0;
  }, 'the subscribers are known');
  scene.readSlowly();
  publisher.write('x'.repeat(15_000));
  await until(() => reader.text.split('x').length > 15_000, 'the reader has got all');
  expect(scene.growth()).toBeLessThan(LITTLE_NOISE);
});

test('time-broadcast: times for 200 subscribers that do not read', async () => {
  await using scene = await open('time-broadcast', ['--quiet']);
  await scene.connect(200);
  const [reader] = (await scene.connect(1)) as [Peer];
  // 14 bytes ten times a second to each: a few hundred KiB are kept for all of them.
  await reader.read().gets(14 * 30);
  expect(scene.growth()).toBeLessThan(NOISE);
});

test.each([
  ['echo-asynchat', 50 * KIB],
  ['chat-reactor', 16 * KIB],
  ['chat-bob', 16 * KIB],
] as const)('%s: an unfinished line of single bytes', async (command, size) => {
  await using scene = await open(command, ['--quiet']);
  const [peer] = (await scene.connect(1)) as [Peer];
  scene.readSlowly();
  peer.read().write('x'.repeat(size));
  peer.write('\n');
  await peer.gets(size);
  expect(scene.growth()).toBeLessThan(LITTLE_NOISE);
});

test.each(['echo-asynchat', 'chat-reactor', 'chat-bob'])(
  '%s: 500 clients that have sent one byte',
  async (command) => {
    await using scene = await open(command, ['--quiet']);
    const peers = await scene.connect(500);
    for (const peer of peers) peer.write('x');
    const [last] = (await scene.connect(1)) as [Peer];
    last.read().write('hello\n');
    await last.gets(5);
    await rests(scene);
    expect(scene.growth()).toBeLessThan(NOISE);
  },
);

test.each([
  ...['minimal', 'echo-select', 'echo-poll', 'echo-epoll', 'echo-selectors', 'echo-async'],
  ...['echo-asyncore', 'echo-asynchat', 'echo-reactor'],
])('%s: single bytes for a client that does not read its echo', async (command) => {
  await using scene = await open(command, ['--quiet']);
  scene.readSlowly();
  using client = deaf();
  client.connect(['127.0.0.1', scene.server.port]);
  client.sendall(Buffer.from(`${'x'.repeat(9)}\n`.repeat(6000)));
  await rests(scene);
  expect(scene.growth()).toBeLessThan(command === 'echo-async' ? PROMISES : LITTLE_NOISE);
});

test('forward: single bytes for a target that does not read', async () => {
  using target = deaf();
  target.bind(['127.0.0.1', 0]);
  target.listen(); // accepted sockets inherit its buffer
  const [, port] = target.getsockname() as InternetAddress;
  await using scene = await open('forward', ['--target', `127.0.0.1:${port}`]);
  const [peer] = (await scene.connect(1)) as [Peer];
  target.settimeout(30);
  using connection = target.accept()[0];
  expect(connection.fileno()).toBeGreaterThan(0);
  scene.readSlowly();
  peer.write('x'.repeat(60_000));
  await rests(scene);
  expect(scene.growth()).toBeLessThan(LITTLE_NOISE);
});

/** A socket for which the kernel keeps as little as it can of what comes in. */
function deaf(): Socket {
  const socket = new Socket();
  socket.setsockopt(SOL_SOCKET, SO_RCVBUF, 1);
  return socket;
}
