/** Checks in every test file that the same fds are open at its end as at its start. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, fstatSync, readdirSync, readlinkSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { afterAll, beforeAll, expect } from 'vitest';
import { runtime } from './runtime.ts';

/** Deno keeps the fds of a worker's event loop open if the worker has loaded an addon. */
const NOT_COUNTED = runtime === 'Deno' ? /^anon_inode:\[event(fd|poll)\]$/ : /^$/;

/** Number and target of every open fd, such as `7 -> socket:[4711]`; without /proc, its number. */
function openFds(): string[] {
  if (!existsSync('/proc/self/fd')) return readdirSync('/dev/fd').filter(isOpen);
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return NOT_COUNTED.test(target) ? [] : [`${fd} -> ${target}`];
    } catch {
      return []; // the one that reading the folder opened
    }
  });
}

/** It is not the one that reading the folder opened. */
function isOpen(fd: string): boolean {
  try {
    fstatSync(Number(fd));
    return true;
  } catch {
    return false;
  }
}

const PATIENCE_MS = 5000;

/** Waits for Bun's event loops: of the main thread, of its HTTP thread, of spawnSync(). */
async function threeEventLoops(): Promise<void> {
  const isOpen = () => openFds().filter((fd) => fd.endsWith('[eventpoll]')).length >= 3;
  const deadline = performance.now() + PATIENCE_MS;
  while (!isOpen() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const noop = () => {};
let before: string[] = [];

/** Opens what a runtime opens once and keeps. */
async function openOwnFds(): Promise<void> {
  // Node opens the pipe of its signal handling with the first child and keeps it. With its first
  // stream, a worker's event loop opens /dev/null, and keeps it as a reserve (`test:threads`).
  await once(spawn('true', { stdio: isMainThread ? 'ignore' : 'pipe' }), 'close');
  // Bun has an event loop of its own for the children that it waits for.
  if (runtime === 'Bun') spawnSync('true', { stdio: 'ignore' });
  // Its HTTP thread opens one as well, which on a busy machine may be late.
  if (runtime === 'Bun') await threeEventLoops();
  // Bun duplicates fd 2 at the first use, which may be an execFileSync() of a test.
  if (runtime === 'Bun') process.stderr.write('');
  // Deno opens a pair of sockets for signals with the first listener, or 400 ms after its start.
  if (runtime === 'Deno') process.once('SIGHUP', noop).off('SIGHUP', noop);
}

const opened = Symbol.for('fdselect.test.openOwnFds');

beforeAll(async () => {
  // Files can share a process: it is needed once, and a child takes 10 ms of CPU time.
  if (!Object.hasOwn(globalThis, opened)) await openOwnFds();
  Object.defineProperty(globalThis, opened, { value: true });
  before = openFds();
});

afterAll(async () => {
  // What is a runtime's own is closed in its own time: the pipes of a child that has ended, in Bun.
  const deadline = performance.now() + PATIENCE_MS;
  while (!isDeepStrictEqual(openFds(), before) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(openFds()).toEqual(before);
});
