/** EPOLLEXCLUSIVE among blocked workers: one connection wakes one of them, as among processes. */
import { Worker } from 'node:worker_threads';
import { EPOLLEXCLUSIVE, EPOLLIN, epoll, POLLIN, Poll, select } from 'fdselect';
import { createServer, socket } from 'fdselect/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { threadSleeps } from '../support/asleep.ts';
import { closing } from '../support/sandbox.ts';
import '../support/waiter.ts';
import { testUnless } from '../support/runtime.ts';

const PACKAGE = new URL('../../dist/index.js', import.meta.url).href;

/** In shared memory, for each worker: whether it waits, how often it woke, how much it accepted; its id. */
const WAITING = 0;
const WOKEN = 1;
const ACCEPTED = 2;
const TID = 3;

/** A worker that waits in its own epoll set, or in a shared one, and accepts. */
async function startWaiter(workerData: object): Promise<Worker> {
  const source = `
    const { workerData } = require('node:worker_threads');
    const { fd, shared, set, counters, index } = workerData;
    (async () => {
      const { Epoll, EPOLLIN, EPOLLEXCLUSIVE } = await import(workerData.package);
      const { Socket } = await import(workerData.package.replace('index.js', 'socket/index.js'));
      const { dup } = await import(workerData.package.replace('index.js', 'os/index.js'));
      const poller = shared ? Epoll.fromfd(dup(set)) : new Epoll();
      if (!shared) poller.register(fd, EPOLLIN | EPOLLEXCLUSIVE);
      const listener = new Socket(2, 1, 0, dup(fd));
      const [, tid] = require('node:fs').readlinkSync('/proc/thread-self').split('/task/');
      Atomics.store(counters, 4 * index + ${TID}, Number(tid));
      for (;;) {
        Atomics.store(counters, 4 * index + ${WAITING}, 1);
        const events = poller.poll();
        Atomics.store(counters, 4 * index + ${WAITING}, 0);
        Atomics.add(counters, 4 * index + ${WOKEN}, 1);
        if (events.some(([ready]) => ready !== fd)) throw new Error('what is not registered');
        const accepted = listener.tryAccept();
        if (accepted === null) continue;
        Atomics.add(counters, 4 * index + ${ACCEPTED}, 1);
        accepted[0].close();
      }
    })();
  `;
  const worker = new Worker(source, {
    eval: true,
    workerData: { package: PACKAGE, ...workerData },
  });
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}

function sum(counters: Int32Array, which: number): number {
  return [0, 1, 2, 3].reduce((total, i) => total + Atomics.load(counters, 4 * i + which), 0);
}

/** Whether all four sleep in their waits. */
function allWait(counters: Int32Array): boolean {
  return [0, 1, 2, 3].every((i) => {
    return (
      Atomics.load(counters, 4 * i + WAITING) === 1 && threadSleeps(counters[4 * i + TID] ?? 0)
    );
  });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!condition() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(condition()).toBe(true);
}

/** In Bun terminate() does not end a wait, so the workers of these tests would not end. */
const testWithWorkers = testUnless({ Bun: 'terminate() waits for a wait that blocks' });
const testExclusive = EPOLLEXCLUSIVE === undefined ? test.skip : testWithWorkers;

testExclusive(
  '20 connections wake 4 blocked workers at most 25 times, and terminate() ends them',
  async () => {
    const listener = closing(createServer(['127.0.0.1', 0]));
    listener.setblocking(false);
    const counters = new Int32Array(new SharedArrayBuffer(64));
    const workers = await Promise.all(
      [0, 1, 2, 3].map((index) => startWaiter({ fd: listener.fileno(), counters, index })),
    );
    onTestFinished(async () => void (await Promise.all(workers.map((w) => w.terminate()))));
    await until(() => allWait(counters));
    for (let i = 1; i <= 20; i++) {
      using client = socket();
      client.connect(listener.getsockname());
      await until(() => sum(counters, ACCEPTED) === i && allWait(counters));
    }
    expect(sum(counters, ACCEPTED)).toBe(20);
    expect(sum(counters, WOKEN)).toBeLessThanOrEqual(25);
    const start = performance.now();
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(performance.now() - start).toBeLessThan(10_000);
  },
);

describe.skipIf(epoll === undefined)('one epoll set that several threads wait for', () => {
  testWithWorkers(
    'no thread gets what another one has put into it for the time of its wait',
    async () => {
      const listener = closing(createServer(['127.0.0.1', 0]));
      listener.setblocking(false);
      const set = closing(epoll());
      set.register(listener, EPOLLIN);
      const counters = new Int32Array(new SharedArrayBuffer(64));
      const workers = await Promise.all(
        [0, 1, 2, 3].map((index) =>
          startWaiter({ fd: listener.fileno(), set: set.fileno(), shared: true, counters, index }),
        ),
      );
      onTestFinished(async () => void (await Promise.all(workers.map((w) => w.terminate()))));
      await until(() => allWait(counters));
      // A message makes a worker's own part of the set ready.
      for (const worker of workers) worker.postMessage('x');
      expect(set.poll(0.2)).toEqual([]);
      const poller = new Poll();
      poller.register(set, POLLIN);
      for (let i = 1; i <= 10; i++) {
        using client = socket();
        client.connect(listener.getsockname());
        await until(() => sum(counters, ACCEPTED) === i);
      }
      const start = performance.now();
      for (const worker of workers) await worker.terminate();
      expect(performance.now() - start).toBeLessThan(10_000);
      expect(set.poll(0)).toEqual([]);
      expect(select([set], [], [], 0)[0]).toEqual([]);
    },
  );
});
