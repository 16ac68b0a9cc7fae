/** The fds that a worker has opened are closed with it, and no others. */
import { readdirSync, readlinkSync } from 'node:fs';
import { close, dup, read, write } from 'fdselect/os';
import { Socket, socketpair } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { closing } from '../support/sandbox.ts';
import { osError, thrown } from '../support/thrown.ts';
import { type Exports, InWorker, inWorker } from '../support/worker.ts';

function targets(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // that of readdir itself
    }
  });
}

/** Opens one of everything, and keeps it reachable. */
function openAll(_: null, fdselect: Exports): number {
  const { epoll, Waker, poll, socketpair, createServer, pipe, dup, open, DefaultSelector } =
    fdselect;
  const listener = createServer(['127.0.0.1', 0]);
  const client = fdselect.createConnection(listener.getsockname());
  const all = [
    ...[epoll(), new Waker(), ...socketpair(), listener, client, listener.accept()[0]],
    ...[new DefaultSelector(), poll(), Waker.fromfd(new Waker().fileno()), client.dup()],
    ...[...pipe(), open('/dev/null'), dup(client), fdselect.Socket.fromfd(client.fileno())],
  ];
  (globalThis as { kept?: unknown[] }).kept = all;
  return all.length;
}

// Node reports the end of a worker a little before it closes its own fds for the worker.
const settled = { timeout: 30_000, interval: 10 };

const WORKER_END = 'the runtime does not tear down the environment of a worker at its end';

testUnless({ Bun: WORKER_END, Deno: WORKER_END })(
  'after the end of a worker nothing of it is open',
  async () => {
    await inWorker(() => {}, null); // what the runtime opens for the first worker and keeps
    const before = targets();
    expect(await inWorker(openAll, null)).toBeGreaterThan(10);
    await expect.poll(targets, settled).toEqual(before);
  },
);

testUnless({ Bun: WORKER_END, Deno: WORKER_END })(
  'after terminate() in the middle of a call nothing of it is open',
  async () => {
    const before = targets();
    await using worker = await InWorker.start(
      ({ openAll }, fdselect) => {
        new Function(`return ${openAll}`)()(null, fdselect); // it comes as text
        fdselect.socketpair()[0].recv(1);
      },
      { openAll: String(openAll) },
    );
    await worker[Symbol.asyncDispose]();
    await expect.poll(targets, settled).toEqual(before);
  },
);

test('a detached socket outlives its worker', async () => {
  const [mine, theirs] = await inWorker(
    (_, { socketpair }) => socketpair().map((socket) => socket.detach()) as [number, number],
    null,
  );
  const [a, b] = [mine, theirs].map((fd) =>
    closing(new Socket(undefined, undefined, undefined, fd)),
  );
  a?.send('x');
  expect(String(b?.recv(1))).toBe('x');
});

testUnless({ Bun: WORKER_END, Deno: WORKER_END })(
  'an fd that another thread has taken over stays open after the worker',
  async () => {
    await using worker = await InWorker.start((_, { socketpair, select }) => {
      const [a, b] = socketpair();
      (globalThis as { kept?: unknown }).kept = a;
      (globalThis as { post?: unknown }).post = b;
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage({ result: b.fileno() });
      select([], [], []);
    }, null);
    const fd = (await worker.answer) as unknown as number;
    const taken = closing(new Socket(undefined, undefined, undefined, fd));
    await worker[Symbol.asyncDispose]();
    expect(taken.recv(1).toString()).toBe(''); // the other end is gone with the worker
  },
);

const NO_END = 'a worker that is terminated goes on until its wait ends';
const NO_FS = 'node:fs closes only what it has opened itself';

testUnless({ Bun: NO_END, Deno: NO_FS })(
  'a number that was closed elsewhere and is in use again is left alone',
  async () => {
    await using worker = await InWorker.start((_, { pipe, select }) => {
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage({ result: pipe() });
      select([], [], []);
    }, null);
    const [r, w] = (await worker.answer) as unknown as [number, number];
    // Closed and opened again by calls that the table of fds does not see.
    const { closeSync, openSync } = await import('node:fs');
    closeSync(r);
    closeSync(w);
    const again = [openSync('/dev/null', 'r'), openSync('/dev/zero', 'r')];
    expect(again.toSorted()).toEqual([r, w].toSorted());
    await worker[Symbol.asyncDispose]();
    for (const fd of again) closeSync(fd);
  },
);

testUnless({ Bun: WORKER_END, Deno: NO_FS })(
  'a number that this package has opened again in another thread is left alone',
  async () => {
    await using worker = await InWorker.start((_, { Waker, select }) => {
      const { parentPort } = require('node:worker_threads');
      const waker = new Waker();
      (globalThis as { kept?: unknown }).kept = waker;
      parentPort.postMessage({ result: waker.fileno() });
      select([], [], []);
    }, null);
    const fd = (await worker.answer) as unknown as number;
    const { closeSync } = await import('node:fs');
    const { Waker } = await import('fdselect');
    closeSync(fd);
    const mine = new Waker(); // an eventfd too: only the table knows that it is another one
    expect(mine.fileno()).toBe(fd);
    await worker[Symbol.asyncDispose]();
    mine.wake();
    mine.close();
  },
);

test('the main thread keeps the fds that it has opened itself', async () => {
  const [a, b] = socketpair().map(closing) as [Socket, Socket];
  await inWorker((fd, { Socket, close, dup }) => {
    const copy = new Socket(undefined, undefined, undefined, dup(fd));
    copy.send('x');
    close(dup(fd));
  }, a.fileno());
  expect(b.recv(10).toString()).toBe('x');
  b.send('y');
  expect(a.recv(1).toString()).toBe('y');
});

testUnless({ Bun: NO_END, Deno: NO_END })(
  'a plain number is kept by a duplicate in the thread that goes on with it',
  async () => {
    await using worker = await InWorker.start((_, { pipe, select }) => {
      const { parentPort } = require('node:worker_threads');
      parentPort.postMessage({ result: pipe() });
      select([], [], []);
    }, null);
    const [r, w] = ((await worker.answer) as unknown as [number, number]).map((fd) => dup(fd)) as [
      number,
      number,
    ];
    await worker[Symbol.asyncDispose]();
    write(w, 'x');
    expect(read(r, 1).toString()).toBe('x');
    close(r);
    close(w);
    expect(thrown(() => close(r))).toEqual(osError('EBADF'));
  },
);
