/** The part of the loop for frameworks: `flushed`, `closed`, hold(). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Connection, connect, type EventLoop, listen } from 'fdselect/loop';
import { AF_INET6, type Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { type LoopMode, SOME_LOOPS } from '../support/loops.ts';
import { connectedTo, openPipe, reset } from '../support/sandbox.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';

interface Opened {
  loop: EventLoop;
  connection: Connection;
  /** The other end, which acts only on request. */
  peer: Socket;
  /** The calls of the connection's handlers. */
  log: string[];
}

async function opened(mode: LoopMode, options?: { clock: () => number }): Promise<Opened> {
  const { open, runUntil } = mode;
  const loop = open(options);
  const log: string[] = [];
  let connection: Connection | undefined;
  const onConnection = (newcomer: Connection) => {
    connection = newcomer;
    return {
      data: () => log.push('data'),
      flushed: () => log.push('flushed'),
      lost: (error: Error | null) => log.push(error === null ? 'lost' : `lost: ${error.message}`),
      closed: () => log.push('closed'),
    };
  };
  const listener = listen(loop, ['127.0.0.1', 0], onConnection, { maxBuffer: Infinity });
  const peer = connectedTo(listener.getsockname());
  await runUntil(loop, () => connection !== undefined, 'a connection');
  listener.close();
  return { loop, log, connection: connection as Connection, peer };
}

/** Reads all that the peer gets until the end. */
function readAll(peer: Socket): () => boolean {
  peer.setblocking(false);
  const buffer = Buffer.alloc(65536);
  return () => {
    let size = peer.tryRecvInto(buffer);
    while (size !== null && size > 0) size = peer.tryRecvInto(buffer);
    return size === 0;
  };
}

describe.each(SOME_LOOPS)('$name', (mode) => {
  const { open, run, runUntil } = mode;

  test('flushed: once when waiting data was sent, and not if nothing had to wait', async () => {
    const { loop, log, connection, peer } = await opened(mode);
    connection.write(Buffer.from('at once'));
    expect(connection.pending).toBe(0);
    connection.write(Buffer.alloc(8_000_000));
    connection.write(Buffer.alloc(50_000));
    expect(connection.pending).toBeGreaterThan(0);
    const isAtEnd = readAll(peer);
    await runUntil(loop, () => isAtEnd() || log.length > 0, 'flushed');
    expect(log).toEqual(['flushed']);
    expect(connection.pending).toBe(0);
  });

  test('flushed comes before the end of file that end() has requested', async () => {
    const { loop, log, connection, peer } = await opened(mode);
    connection.write(Buffer.alloc(8_000_000));
    connection.end();
    const isAtEnd = readAll(peer);
    await runUntil(loop, () => isAtEnd() && log.length > 0, 'the end of file');
    expect(log).toEqual(['flushed']);
    peer.close();
    await runUntil(loop, () => log.length > 1, 'the end');
    expect(log).toEqual(['flushed', 'lost', 'closed']);
  });

  test('closed: after close, when the peer has ended', async () => {
    const { loop, log, connection, peer } = await opened(mode);
    connection.close();
    await runUntil(loop, () => log.length > 0, 'lost');
    expect(log).toEqual(['lost']);
    peer.close();
    await run(loop); // nothing else is left to run for
    expect(log).toEqual(['lost', 'closed']);
  });

  test('closed: after close, when the time is over', async () => {
    const { loop, log, connection, peer } = await opened(mode);
    const start = performance.now();
    connection.close(0.1);
    await run(loop);
    expect(log).toEqual(['lost', 'closed']);
    expect(performance.now() - start).toBeGreaterThanOrEqual(99);
    expect(String(peer.recv(1))).toBe('');
  });

  test('closed: all was sent, and the process comes late: it is not aborted', async () => {
    let now = 0;
    const { loop, log, connection, peer } = await opened(mode, { clock: () => now });
    connection.write(Buffer.from('all'));
    connection.close(0.1);
    now = 1;
    await run(loop);
    expect(log).toEqual(['lost', 'closed']);
    expect(String(peer.recv(10))).toBe('all');
  });

  test.each([
    [
      'reset',
      ({ peer }: Opened) => reset(peer),
      'lost: ECONNRESET: connection reset by peer, recv',
    ],
    [
      'abort',
      ({ connection }: Opened) => connection.abort(),
      'lost: ECONNABORTED: software caused connection abort, abort',
    ],
    [
      "the loop's end",
      ({ loop }: Opened) => loop.close(),
      'lost: ECONNABORTED: software caused connection abort, abort',
    ],
  ])('closed: with lost after %s', async (_, end, text) => {
    const all = await opened(mode);
    all.loop.callSoon(end, all);
    await run(all.loop);
    expect(all.log).toEqual([text, 'closed']);
  });

  test('hold(): it waits for events that alone would not keep it running', async () => {
    const loop = open();
    const [r, w] = openPipe();
    const log: string[] = [];
    loop
      .watch(r, 'r', () => {
        log.push('told');
        loop.stop();
      })
      .unref();
    await run(loop);
    expect(log).toEqual([]);
    const releases = [loop.hold(), loop.hold()];
    releases[0]?.();
    releases[0]?.(); // again: nothing
    const child = spawn('sh', ['-c', 'sleep 0.1; echo'], { stdio: ['ignore', w, 'ignore'] });
    const closed = once(child, 'close'); // it may come before the loop has stopped
    await run(loop);
    expect(log).toEqual(['told']);
    await closed;
    releases[1]?.();
    loop.callSoon(() => log.push('free'));
    await run(loop);
    expect(log.at(-1)).toBe('free');
  });

  test("the peer's address is one of those of its name", async () => {
    const loop = open();
    const listener = listen(loop, ['127.0.0.1', 0], () => ({ data() {}, lost() {} }));
    const [, port] = listener.getsockname() as [string, number];
    let peer: unknown;
    connect(loop, ['localhost', port], {
      onConnection: (connection) => {
        peer = connection.peer;
        return { data() {}, lost() {} };
      },
      onFailed: (error) => {
        throw error;
      },
    });
    await runUntil(loop, () => peer !== undefined, 'connected');
    expect(peer).toEqual(['127.0.0.1', port]);
  });

  test('invalid limits are refused by listen()', () => {
    const loop = open();
    const handlers = { onConnection: () => ({ data() {}, lost() {} }), onFailed() {} };
    for (const options of [{ highWater: 0 }, { lowWater: 65536 }, { maxBuffer: -1 }]) {
      expect(thrown(() => listen(loop, ['127.0.0.1', 0], handlers.onConnection, options))).toEqual(
        rangeError,
      );
      expect(thrown(() => connect(loop, ['127.0.0.1', 1], { ...handlers, ...options }))).toEqual(
        rangeError,
      );
    }
    const options = { family: AF_INET6, maxBuffer: '1' as never };
    expect(thrown(() => listen(loop, ['::1', 0], handlers.onConnection, options))).toEqual(
      typeError,
    );
  });
});
