/** Lesson 8, another thread: registers a ready fd once the first thread sleeps in its wait. */
import { parentPort, workerData } from 'node:worker_threads';
import { EPOLLIN, epoll } from 'fdselect';
import { isAsleep } from '../../course/kernel.js';

const { pid, set, fd } = workerData as { pid: number; set: number; fd: number };
parentPort?.postMessage('ready');
while (!isAsleep(pid));
epoll.fromfd(set).register(fd, EPOLLIN);
