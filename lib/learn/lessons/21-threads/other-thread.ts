/** The other thread of the claims: waits until the main thread sleeps in its wait, then acts. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { EPOLLIN, epoll, Waker } from 'fdselect';
import { close } from 'fdselect/os';

/** What to do. `asleep`: 1 from just before the main thread's wait. */
export interface Task {
  readonly asleep: Int32Array;
  readonly close?: number;
  readonly wake?: number;
  readonly add?: number;
  readonly to?: number;
}

const task: Task = workerData;

/** S: the kernel says that the main thread, whose number is that of the process, sleeps. */
const sleeps = () => / S /.test(readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1'));
parentPort?.postMessage('ready');
while (Atomics.load(task.asleep, 0) === 0 || !sleeps());

if (task.close !== undefined) close(task.close);
if (task.wake !== undefined) {
  const waker = Waker.fromfd(task.wake);
  waker.wake();
  waker.close();
}
if (task.add !== undefined && task.to !== undefined) {
  epoll.fromfd(task.to).register(task.add, EPOLLIN);
}
