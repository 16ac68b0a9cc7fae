/** Helpers for the tests of waits that do not block. */
import { EPOLLIN, Epoll, POLLIN, Poll, selectAsync } from 'fdselect';
import { expect, onTestFinished } from 'vitest';
import { closing } from './sandbox.ts';
import { scriptFile } from './script.ts';
import { type Finished, run } from './server.ts';

export const closedError: unknown = expect.objectContaining({ name: 'Error', code: 'ERR_CLOSED' });
export const concurrentPoll: unknown = expect.objectContaining({
  name: 'Error',
  code: 'ERR_CONCURRENT_POLL',
});

export interface Options {
  signal?: AbortSignal | undefined;
}

/** The three asynchronous waits, each for one readable fd; `seconds` is the timeout. */
export const kinds: {
  name: string;
  wait(fd: number, seconds?: number, options?: Options): Promise<unknown>;
  ready(fd: number): unknown;
  timedOut: unknown;
}[] = [
  {
    name: 'selectAsync',
    wait: (fd, seconds, options) => selectAsync([fd], [], [], seconds, options),
    ready: (fd) => [[fd], [], []],
    timedOut: [[], [], []],
  },
  {
    name: 'Poll.pollAsync',
    wait: (fd, seconds, options) =>
      openPoll([fd, POLLIN]).pollAsync(seconds === undefined ? undefined : 1000 * seconds, options),
    ready: (fd) => [[fd, POLLIN]],
    timedOut: [],
  },
  {
    name: 'Epoll.pollAsync',
    wait: async (fd, seconds, options) => {
      // Closed at once: the kernel lets one file be in nested sets only 100 times at that depth.
      using poller = new Epoll();
      poller.register(fd, EPOLLIN);
      return await poller.pollAsync(seconds, -1, options);
    },
    ready: (fd) => [[fd, EPOLLIN]],
    timedOut: [],
  },
];

export function openPoll(...entries: [fd: number, mask?: number][]): Poll {
  const poller = new Poll();
  for (const [fd, mask] of entries) poller.register(fd, mask);
  return poller;
}

export function openEpoll(...entries: [fd: number, mask?: number][]): Epoll {
  const poller = closing(new Epoll());
  for (const [fd, mask] of entries) poller.register(fd, mask);
  return poller;
}

/** The reason with which a promise is rejected. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (answer) => {
      throw new Error(`was resolved with ${JSON.stringify(answer)}`);
    },
    (error: unknown) => error,
  );
}

/** Whether a promise is settled now. */
export function stateOf(promise: Promise<unknown>): { isSettled: boolean } {
  const state = { isSettled: false };
  const settle = () => {
    state.isSettled = true;
  };
  promise.then(settle, settle);
  return state;
}

/** Runs Node's event loop for some turns, so that all that is ready is reported. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Runs the microtasks: promises that can be settled are settled; no event or timer is handled. */
export function thisTask(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** CPU time that this process, with all its threads, uses meanwhile; in milliseconds. */
export async function cpuTime(meanwhile: () => Promise<unknown>): Promise<number> {
  await turns();
  const before = process.cpuUsage();
  await meanwhile();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Aborts the waits of a test when the test ends. */
export function aborter(): AbortController {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  return controller;
}

/** Within this a module ends that no wait keeps alive, also in an emulator on a busy machine. */
const MODULE_MS = 40_000;

/** Runs a module in another process, which is killed if it does not end by itself. */
export async function runModule(source: string): Promise<Finished> {
  const prelude = `
    import { selectAsync, Poll, Epoll, POLLIN, EPOLLIN } from 'fdselect';
    import { pipe, write, close, dup } from 'fdselect/os';
    const [r, w] = pipe();
  `;
  await using child = run(process.execPath, [scriptFile(prelude + source)]);
  const killer = setTimeout(() => child.process.kill('SIGKILL'), MODULE_MS);
  const finished = await child.finished();
  clearTimeout(killer);
  return finished;
}

export function prints(stdout: string): unknown {
  return { code: 0, signal: null, stdout: `${stdout}\n`, stderr: '' };
}
