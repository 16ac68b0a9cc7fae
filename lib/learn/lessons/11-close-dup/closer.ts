/** Lesson 11, another thread: closes a number while the first thread sleeps in a wait for it. */
import { parentPort, workerData } from 'node:worker_threads';
import { close } from 'fdselect/os';
import { isAsleep } from '../../course/kernel.js';

const { pid, fd } = workerData as { pid: number; fd: number };
parentPort?.postMessage('ready');
while (!isAsleep(pid));
close(fd);
