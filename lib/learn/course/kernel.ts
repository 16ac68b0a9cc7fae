/** Measurements for proofs: CPU time, durations, other threads, and what Linux shows in `/proc`. */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Epoll } from 'fdselect';
import { close } from 'fdselect/os';

/** Closes fds and objects. */
export function closeAll(...things: (number | { close(): void })[]): void {
  for (const thing of things) {
    if (typeof thing === 'number') close(thing);
    else thing.close();
  }
}

/** The part of a CPU that a function used while it ran: 0 to 1. */
export function cpuShare(run: () => void): number {
  const began = performance.now();
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - began);
}

/**
 * The CPU time of the second call relative to the first, in rounds by turns. The least of each counts:
 * what else the machine does only adds to it.
 */
export function ratio(first: () => unknown, second: () => unknown): number {
  const least: [number, number] = [Infinity, Infinity];
  for (let round = 0; round < 15; round++) {
    for (const [i, call] of [first, second].entries()) {
      const before = process.cpuUsage();
      for (let k = 0; k < 20; k++) call();
      const { user, system } = process.cpuUsage(before);
      least[i as 0 | 1] = Math.min(least[i as 0 | 1], user + system);
    }
  }
  return least[1] / Math.max(least[0], 1);
}

/**
 * Starts the worker of a lesson: a file beside its claims. Ready once it has posted a message.
 *
 * @param onReady - gets the message
 */
export async function startWorker(
  url: URL,
  workerData: unknown,
  onReady: (message: unknown) => void = () => {},
): Promise<Worker> {
  const worker = new Worker(url, { workerData });
  await new Promise<void>((resolve, reject) => {
    worker.once('message', (message) => {
      onReady(message);
      resolve();
    });
    worker.once('error', reject);
  });
  return worker;
}

/** The numbers of select, poll, epoll_wait, accept and their variants, which /proc shows. */
const WAITS: Partial<Record<string, readonly number[]>> = {
  x64: [7, 23, 43, 232, 270, 271, 281, 288, 441],
  arm64: [22, 72, 73, 202, 242, 441],
};

/** Whether a thread of this process sleeps in a wait or in accept. Linux only. */
export function isAsleep(thread: number): boolean {
  const [number = ''] = readFileSync(`/proc/self/task/${thread}/syscall`, 'utf8').split(' ');
  return WAITS[process.arch]?.includes(Number(number)) ?? false;
}

/** One entry of an interest list, as Linux shows it. */
export interface Entry {
  readonly fd: number;
  readonly events: number;
  readonly inode: number;
}

/** The interest list of an epoll, read from `/proc/self/fdinfo`. */
export function interestList(set: Epoll): Entry[] {
  const text = readFileSync(`/proc/self/fdinfo/${set.fileno()}`, 'utf8');
  const lines = text.matchAll(/^tfd: +(\d+) events: +([\da-f]+) .* ino:([\da-f]+)/gm);
  return [...lines].map(([, fd, events, inode]) => ({
    fd: Number(fd),
    events: Number.parseInt(events ?? '', 16),
    inode: Number.parseInt(inode ?? '', 16),
  }));
}
