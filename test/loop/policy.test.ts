/** Policies of the loop: accepting, high-water marks, memory, rests. */
import { type Connection, EventLoop, listen } from 'fdselect/loop';
import { createConnection, IPPROTO_TCP, SO_SNDBUF, SOL_SOCKET, TCP_NODELAY } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { FdLimit } from '../support/few-fds.ts';
import { Log, meet, RawPeer } from '../support/loop-peers.ts';
import { SOME_LOOPS } from '../support/loops.ts';
import { Random } from '../support/random.ts';
import { closing, openServer } from '../support/sandbox.ts';
import { SEED } from '../support/seed.ts';

describe.each(SOME_LOOPS)('$name', (mode) => {
  const { open, runUntil } = mode;

  test('drain comes once for each run of false from write, also with turns within handlers', async () => {
    const loop = open();
    const random = new Random(SEED);
    let owed = false;
    let drains = 0;
    const write = (connection: Connection) => {
      if (!connection.write(Buffer.alloc(1 + random.below(3000)))) owed = true;
    };
    class Writer extends Log {
      override drain() {
        expect(owed).toBe(true);
        owed = false;
        drains++;
        for (let i = 0; i < 3; i++) write(this.connection);
        if (!mode.isAsync && random.below(2) === 0) loop.runOnce(0);
      }
      flushed() {
        expect(this.connection.pending).toBe(0);
        write(this.connection);
      }
    }
    const { peer, connection, log } = await meet(mode, loop, {
      handlers: (made) => new Writer(made),
      highWater: 5000,
      maxBuffer: Infinity,
    });
    connection.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096);
    await runUntil(loop, () => {
      // Now and then a write too many.
      for (let i = 0; i < 20 && (!owed || random.below(10) === 0); i++) write(connection);
      peer.read(20000);
      return drains >= 50 || log.isLost;
    });
    expect(log.isLost).toBe(false);
    connection.abort();
    await runUntil(loop, () => log.isLost);
  });

  test('chunks that are kept do not share memory: transferring one does not empty another', async () => {
    const loop = open();
    const { peer, log } = await meet(mode, loop);
    const other = await meet(mode, loop);
    peer.write('first');
    await runUntil(loop, () => log.bytes.length === 5);
    other.peer.write('other');
    await runUntil(loop, () => other.log.bytes.length === 5);
    peer.write('second');
    await runUntil(loop, () => log.bytes.length === 11);
    const chunks: Buffer[] = [];
    log.data = (bytes) => void chunks.push(bytes);
    peer.write('third');
    await runUntil(loop, () => chunks.length > 0);
    const [chunk] = chunks as [Buffer];
    expect(chunk.buffer.byteLength).toBeLessThan(1000);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    expect(other.log.bytes.toString()).toBe('other');
    expect(log.bytes.toString()).toBe('firstsecond');
  });

  test.each([true, false])('noDelay: %s', async (noDelay) => {
    const loop = open();
    const { connection } = await meet(mode, loop, noDelay ? {} : { noDelay });
    expect(connection.getsockopt(IPPROTO_TCP, TCP_NODELAY) !== 0).toBe(noDelay);
  });

  test('peers that reset before they are accepted: lost with the reason, and no fd is left', async () => {
    const loop = open();
    const logs: Log[] = [];
    const listener = listen(loop, ['127.0.0.1', 0], (connection) => {
      logs.push(new Log(connection));
      expect(connection.host).toEqual(listener.getsockname());
      return logs.at(-1) as Log;
    });
    for (let i = 0; i < 10; i++) {
      const peer = new RawPeer(createConnection(listener.getsockname()));
      peer.write('hello\n');
      peer.reset();
    }
    await runUntil(loop, () => logs.length === 10 && logs.every((log) => log.isLost));
    for (const log of logs) expect(log.events.at(-1)).toBe('lost ECONNRESET');
    listener.close();
    expect(loop.resources).toBe(0);
  });

  test('a freed fd ends the rest of a listener before its second is over', async () => {
    const limit = await FdLimit.open();
    const loop = open({ clock: () => performance.now() / 10_000 }); // its second takes ten
    const logs: Log[] = [];
    const listener = listen(loop, ['127.0.0.1', 0], (connection) => {
      logs.push(new Log(connection));
      return logs.at(-1) as Log;
    });
    const first = new RawPeer(closing(createConnection(listener.getsockname())));
    await runUntil(loop, () => logs.length === 1);
    const second = closing(createConnection(listener.getsockname()));
    await limit.exhaust();
    await runUntil(loop, () => logs.length === 1 && loop.time() > 0);
    await mode.turn(loop, 0.05); // the listener finds no fd
    const start = performance.now();
    first.reset();
    await runUntil(loop, () => logs.length === 2);
    expect(performance.now() - start).toBeLessThan(5000);
    await limit.lift();
    second.close();
    await runUntil(loop, () => logs.every((log) => log.isLost));
    listener.close();
  });

  test('a socket that other code has closed loses its connection', async () => {
    const errors: unknown[] = [];
    const loop = open({ onError: (error) => errors.push(error) });
    const server = openServer();
    const { log, connection } = await meet(mode, loop);
    server.close();
    const { close } = await import('fdselect/os');
    close(connection.fileno());
    connection.pause(); // the selector is changed
    connection.resume();
    await runUntil(loop, () => log.isLost);
    expect(log.events.at(-1)).toMatch(/^lost (EBADF|ENOENT)$/);
    expect(loop.resources).toBe(0);
  });
});

test('reusePort: two loops listen on one port, and every connection is accepted', () => {
  const counts: [number, number] = [0, 0];
  const loops = [closing(new EventLoop()), closing(new EventLoop())] as const;
  const accept = (i: 0 | 1) => (connection: Connection) => {
    counts[i]++;
    connection.abort();
    return new Log(connection);
  };
  const first = listen(loops[0], ['127.0.0.1', 0], accept(0), { reusePort: true });
  listen(loops[1], first.getsockname(), accept(1), { reusePort: true });
  for (let i = 0; i < 40; i++) closing(createConnection(first.getsockname()));
  const deadline = performance.now() + 10_000;
  while (counts[0] + counts[1] < 40 && performance.now() < deadline) {
    for (const loop of loops) loop.runOnce(0.01);
  }
  expect(counts[0] + counts[1]).toBe(40);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

test('maxConnections: more connections wait in the backlog until one is closed', () => {
  const loop = closing(new EventLoop());
  const logs: Log[] = [];
  const listener = listen(
    loop,
    ['127.0.0.1', 0],
    (connection) => {
      logs.push(new Log(connection));
      return logs.at(-1) as Log;
    },
    { maxConnections: 2 },
  );
  const peers = [1, 2, 3].map(() => closing(createConnection(listener.getsockname())));
  const turns = (isDone: () => boolean) => {
    const deadline = performance.now() + 5000;
    while (!isDone() && performance.now() < deadline) loop.runOnce(0.05);
  };
  for (let i = 0; i < 5; i++) loop.runOnce(0.02);
  expect(logs).toHaveLength(2);
  peers[0]?.close();
  turns(() => logs.length === 3);
  expect(logs).toHaveLength(3);
});
