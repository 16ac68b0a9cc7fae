/** One of the waiters of lesson 10, in a worker: says who it is, waits, and counts. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { epoll, POLLIN, poll, select } from 'fdselect';
import { AF_INET, SOCK_STREAM, socket } from 'fdselect/socket';

/** The data of a waiter. */
export interface Job {
  how: 'select' | 'poll' | 'accept' | 'own' | 'shared';
  /** A number of its own for the listener, and one for the epoll that all share. */
  listener: number;
  set: number;
  events: number;
  /** Shared: how many waits have ended, how many were accepted, and who waits no more. */
  counts: Int32Array;
  /** Which of the waiters it is. */
  index: number;
  /** It goes on waiting and accepts what it can; otherwise it waits once and accepts nothing. */
  serves: boolean;
}

const { how, listener: fd, set, events, counts, index, serves } = workerData as Job;
const listener = socket(AF_INET, SOCK_STREAM, 0, fd);
listener.setblocking(how === 'accept');

const wait = waiting();
parentPort?.postMessage(Number(basename(readlinkSync('/proc/thread-self'))));
do {
  wait();
  Atomics.add(counts, 0, 1);
  if (serves && listener.tryAccept() !== null) Atomics.add(counts, 1, 1);
} while (serves);
Atomics.store(counts, 2 + index, 1);
// Sleeps, so that a wait does not begin again.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

function waiting(): () => unknown {
  if (how === 'select') return () => select([listener], [], []);
  if (how === 'accept') return () => listener.accept();
  if (how === 'poll') {
    const poller = poll();
    poller.register(listener, POLLIN);
    return () => poller.poll();
  }
  const own = how === 'shared' ? epoll.fromfd(set) : epoll();
  if (how === 'own') own.register(listener, events);
  return () => own.poll();
}
