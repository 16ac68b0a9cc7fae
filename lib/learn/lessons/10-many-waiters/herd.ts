/** Waiters for one listener, and how many of them a connection wakes. */
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { EPOLLIN, epoll } from 'fdselect';
import { dup } from 'fdselect/os';
import { createConnection, createServer } from 'fdselect/socket';
import { isAsleep, startWorker } from '../../course/kernel.js';
import { fileOf } from '../../course/lesson.js';
import type { Job } from './waiter.js';

const WAITERS = 4;
const PATIENCE_MS = 8000;
/** The position of the flags that waiters set when they have ended their wait. */
const DONE = 2;

/**
 * How they wait; `events` is for `own` and `shared`. `inner`, for `shared`: the listener is in a second
 * set, registered with these events, and this set is in the one that all share.
 */
export type How = Pick<Job, 'how'> & { events?: number; inner?: number };

/**
 * Starts the waiters, connects that often, and counts. Connects only when all of them sleep.
 *
 * @param serves - the waiters accept, and go on
 */
export async function herd(
  { how, events = EPOLLIN, inner }: How,
  { connections = 1, serves = false, count = WAITERS } = {},
): Promise<{ woken: number; accepted: number }> {
  const listener = createServer(['127.0.0.1', 0]);
  listener.setblocking(how === 'accept');
  const set = epoll();
  const second = epoll();
  if (inner !== undefined) second.register(listener, inner);
  if (how === 'shared') set.register(inner === undefined ? listener : second, events);
  const counts = new Int32Array(new SharedArrayBuffer(4 * (2 + count)));
  const waiters = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const url = pathToFileURL(fileOf({ folder: '10-many-waiters' }, 'waiter.js'));
      // Each gets numbers of its own, which it closes with its end.
      const own = { listener: dup(listener), set: how === 'shared' ? dup(set) : -1 };
      return startWaiter(url, { how, events, counts, serves, index, ...own });
    }),
  );
  const clients = [];
  for (let i = 0; i < connections; i++) {
    settle(waiters, counts);
    clients.push(createConnection(listener.getsockname()));
  }
  settle(waiters, counts);
  const [woken = 0, accepted = 0] = counts;
  for (const { worker } of waiters) await worker.terminate();
  for (const thing of [...clients, set, second, listener]) thing.close();
  return { woken, accepted };
}

async function startWaiter(url: URL, job: Job): Promise<{ worker: Worker; thread: number }> {
  let thread = 0;
  const worker = await startWorker(url, job, (message) => {
    thread = message as number;
  });
  return { worker, thread };
}

/** Returns once every waiter sleeps or is done, ten looks in a row, with the counts as they were. */
function settle(waiters: { thread: number }[], counts: Int32Array): void {
  const end = performance.now() + PATIENCE_MS;
  let before = '';
  for (let calm = 0; calm < 10; ) {
    if (performance.now() > end) throw new Error('the waiters do not sleep');
    const now = counts.join();
    const areCalm = waiters.every(
      ({ thread }, i) => Atomics.load(counts, DONE + i) === 1 || isAsleep(thread),
    );
    calm = areCalm && now === before ? calm + 1 : 0;
    before = now;
  }
}
