/** The claims of lesson 21 about the kernel. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { EPOLLIN, epoll, POLLIN, POLLNVAL, poll, Waker } from 'fdselect';
import { close, pipe, write } from 'fdselect/os';
import { claim } from '../../course/claim.js';
import { eventsOf, proof } from '../../course/proof.js';
import type { Task } from './other-thread.js';

/** Sleeps in the wait while another thread does something. Gives the answer, and how long it took. */
async function whileAsleep<T>(task: Omit<Task, 'asleep'>, wait: () => T): Promise<[T, number]> {
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./other-thread.js', import.meta.url), {
    workerData: { ...task, asleep },
  });
  const ended = once(worker, 'exit');
  await once(worker, 'message');
  const began = performance.now();
  Atomics.store(asleep, 0, 1);
  const answer = wait();
  const took = performance.now() - began;
  await ended;
  return [answer, took];
}

export const claims = [
  claim(
    'thread-close-poll',
    'To close an fd in another thread does not end a `poll` that waits for it: it says `NVAL` after its full timeout.',
    async () => {
      const [reader, writer] = pipe();
      const poller = poll();
      poller.register(reader, POLLIN);
      const [answer, took] = await whileAsleep({ close: reader }, () => poller.poll(600));
      assert.ok(took >= 600, `it took ${took} ms`);
      assert.deepEqual(answer, [[reader, POLLNVAL]]);
      close(writer);
    },
    'proc',
  ),
  claim(
    'thread-close-epoll',
    'Neither does it end an `epoll_wait`, which then says nothing at all.',
    proof(async (own) => {
      const [reader, writer] = pipe();
      own(writer);
      const set = own(epoll());
      set.register(reader, EPOLLIN);
      const [answer, took] = await whileAsleep({ close: reader }, () => set.poll(0.6));
      assert.ok(took >= 600, `it took ${took} ms`);
      assert.deepEqual(answer, []);
    }),
    'proc',
  ),
  claim(
    'thread-waker',
    'A `Waker` that another thread wakes ends the wait.',
    proof(async (own) => {
      const waker = own(new Waker());
      const poller = poll();
      poller.register(waker, POLLIN);
      const [answer] = await whileAsleep({ wake: waker.fileno() }, () => poller.poll(10_000));
      assert.deepEqual(answer, [[waker.fileno(), POLLIN]]);
    }),
    'proc',
  ),
  claim(
    'thread-waker-before',
    'A wake-up before the wait is not lost: the wait returns at once.',
    proof((own) => {
      const waker = own(new Waker());
      waker.wake();
      assert.equal(eventsOf(waker, POLLIN), POLLIN);
    }),
  ),
  claim(
    'thread-waker-merges',
    'Many wake-ups are one event, and one `clear` takes them all away.',
    proof((own) => {
      const waker = own(new Waker());
      for (let i = 0; i < 1000; i++) waker.wake();
      assert.equal(eventsOf(waker, POLLIN), POLLIN);
      waker.clear();
      assert.equal(eventsOf(waker, POLLIN), 0);
    }),
  ),
  claim(
    'thread-epoll-add',
    'An fd that another thread adds to an epoll set during the wait ends the wait, if it is ready.',
    proof(async (own) => {
      const [reader, writer] = own(pipe());
      const set = own(epoll());
      write(writer, 'x');
      const [answer] = await whileAsleep({ add: reader, to: set.fileno() }, () => set.poll(10));
      assert.deepEqual(answer, [[reader, EPOLLIN]]);
    }),
    'proc',
  ),
];
