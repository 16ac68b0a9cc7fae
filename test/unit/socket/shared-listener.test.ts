/** One blocking listener that several threads accept from: calls that must not wait do not. */
import * as s from 'fdselect/socket';
import { expect, test } from 'vitest';
import { closing, openServer } from '../../support/sandbox.ts';
import { InWorker } from '../../support/worker.ts';

const CONNECTIONS = 400;

/** The two threads share a counter of accepted connections; each ends when all are taken. */
interface Shared {
  fd: number;
  taken: Int32Array;
  total: number;
}

function acceptUntilDone({ fd, taken, total }: Shared, { dup, Socket }: typeof s & Dup): number {
  const listener = new Socket(undefined, undefined, undefined, dup(fd));
  let mine = 0;
  // A connection that another thread takes between poll(2) and accept(2) would block this one.
  while (Atomics.load(taken, 0) < total) {
    const accepted = listener.tryAccept();
    if (accepted === null) continue;
    accepted[0].close();
    mine++;
    Atomics.add(taken, 0, 1);
  }
  listener.close();
  return mine;
}

interface Dup {
  dup(fd: number): number;
}

test('tryAccept in two threads: both return when no connection is left', async () => {
  const listener = openServer();
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const shared: Shared = { fd: listener.fileno(), taken, total: CONNECTIONS };
  await using first = await InWorker.start(acceptUntilDone, shared);
  await using second = await InWorker.start(acceptUntilDone, shared);
  for (let i = 0; i < CONNECTIONS; i++) s.createConnection(listener.getsockname()).close();
  const counts = await Promise.all([first.result, second.result]);
  expect(counts.reduce((a, b) => a + b)).toBe(CONNECTIONS);
});

test('tryAccept while another thread sleeps in accept()', async () => {
  const listener = openServer();
  const taken = new Int32Array(new SharedArrayBuffer(4));
  const shared: Shared = { fd: listener.fileno(), taken, total: CONNECTIONS };
  await using trying = await InWorker.start(acceptUntilDone, shared);
  await using sleeping = await InWorker.start(({ fd, taken, total }, { dup, Socket }) => {
    const listener = new Socket(undefined, undefined, undefined, dup(fd));
    for (;;) {
      listener.accept()[0].close();
      if (Atomics.add(taken, 0, 1) >= total) return listener.close();
    }
  }, shared);
  for (let i = 0; i < CONNECTIONS; i++) s.createConnection(listener.getsockname()).close();
  expect(await trying.result).toBeGreaterThanOrEqual(0);
  // Lets the sleeping one see that all are taken.
  closing(s.createConnection(listener.getsockname()));
  await sleeping.result;
});

test('tryAccept of a socket that does not listen throws, with and without O_NONBLOCK', () => {
  for (const type of [s.SOCK_STREAM, s.SOCK_DGRAM]) {
    for (const blocking of [true, false]) {
      const one = closing(s.socket(s.AF_INET, type));
      one.setblocking(blocking);
      const code = type === s.SOCK_STREAM ? 'EINVAL' : 'EOPNOTSUPP';
      expect(() => one.tryAccept()).toThrow(
        expect.objectContaining({ code: type === s.SOCK_STREAM ? code : expect.any(String) }),
      );
    }
  }
});

test('a socket whose timeout is 0 does not wait, although another one has cleared O_NONBLOCK', () => {
  const listener = openServer();
  listener.settimeout(0);
  const other = closing(listener.dup());
  other.settimeout(null);
  expect(() => listener.accept()).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  expect(listener.tryAccept()).toBe(null);
  const [a] = s.socketpair().map(closing) as [s.Socket, s.Socket];
  a.settimeout(0);
  closing(a.dup()).settimeout(null);
  expect(() => a.recv(1)).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  expect(() => a.recvfrom(1)).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  expect(() => a.sendall(Buffer.alloc(10_000_000))).toThrow(
    expect.objectContaining({ code: 'EAGAIN' }),
  );
});

test('a timeout holds although another socket has cleared O_NONBLOCK', () => {
  const listener = openServer();
  listener.settimeout(0.05);
  closing(listener.dup()).settimeout(null);
  expect(() => listener.accept()).toThrow(expect.objectContaining({ code: 'ETIMEDOUT' }));
  const [a] = s.socketpair().map(closing) as [s.Socket, s.Socket];
  a.settimeout(0.05);
  closing(a.dup()).settimeout(null);
  expect(() => a.sendall(Buffer.alloc(10_000_000))).toThrow(
    expect.objectContaining({ code: 'ETIMEDOUT' }),
  );
});
