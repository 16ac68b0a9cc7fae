/** Python's `select.select()`: one call of select(2) over three lists of file descriptors. */

import { native } from '../native/index.js';
import { type FileDescriptorLike, FOREVER, OSError, selectTimeout } from '../values/index.js';
import { reasonOf, signalOf, type WaitOptions } from './abort.js';
import { promised } from './at-once.js';
import { SelectMemory } from './select-memory.js';
import { lookOrWait } from './wait.js';

/** A constant, so that V8's optimizing compiler knows which function is called. */
const selectOnce = native.select;

/** The memory of the last call; null during a call, because a fileno() may call select() itself. */
let idle: SelectMemory | null = null;

/**
 * Waits until one of the file descriptors is ready. Blocks the thread: no JavaScript runs in it, not
 * even a signal handler (see `fdselect/signal`).
 *
 * Mirrors https://docs.python.org/3/library/select.html#select.select and select(2), with file
 * descriptors of any number.
 *
 * @param rlist - wait until these can be read: data, end of file, a connection to accept
 * @param wlist - wait until these can be written
 * @param xlist - wait for exceptional conditions: on Linux, out-of-band data
 * @param timeout - seconds, rounded up to microseconds; 0 returns at once; undefined, null and
 *   Infinity wait for ever
 * @returns three new arrays with those of the passed objects that are ready, in the same order; all
 *   three are empty after the timeout
 * @throws TypeError if an argument is of the wrong type or has no file descriptor
 * @throws RangeError if the timeout or a file descriptor is negative or too large
 * @throws OSError `EBADF` if a file descriptor is not open
 * @platform POSIX
 */
export function select<
  R extends FileDescriptorLike = never,
  W extends FileDescriptorLike = never,
  X extends FileDescriptorLike = never,
>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout?: number | null,
): [R[], W[], X[]] {
  const microseconds = selectTimeout(timeout);
  const memory = idle ?? new SelectMemory();
  idle = null;
  try {
    memory.start(microseconds);
    const readers = memory.add(rlist, 'rlist', 0);
    const writers = memory.add(wlist, 'wlist', 1);
    const excepts = memory.add(xlist, 'xlist', 2);
    return call(memory, readers, writers, excepts);
  } finally {
    idle = memory;
  }
}

/**
 * As {@link select}, but does not block: timers, promises and everything else continue.
 *
 * Mirrors https://docs.python.org/3/library/select.html#select.select and select(2).
 * @param rlist - as in {@link select}; the same for `wlist` and `xlist`
 * @param timeout - seconds, as in {@link select}
 * @param options - `signal`: ends the wait when it is aborted
 * @returns a promise for the result of {@link select}; rejected with its errors, or with the signal's
 *   reason. The lists are read before this returns.
 * @platform POSIX
 */
export function selectAsync<
  R extends FileDescriptorLike = never,
  W extends FileDescriptorLike = never,
  X extends FileDescriptorLike = never,
>(
  rlist: Iterable<R>,
  wlist: Iterable<W>,
  xlist: Iterable<X>,
  timeout?: number | null,
  options?: WaitOptions,
): Promise<[R[], W[], X[]]> {
  return promised(() => {
    const microseconds = selectTimeout(timeout);
    const memory = new SelectMemory();
    memory.start(0);
    const readers = memory.add(rlist, 'rlist', 0);
    const writers = memory.add(wlist, 'wlist', 1);
    const excepts = memory.add(xlist, 'xlist', 2);
    const signal = signalOf(options);
    if (signal?.aborted === true) throw reasonOf(signal);
    const lengths = [memory.length(0), memory.length(1), memory.length(2)];
    const look = (): [R[], W[], X[]] | null => {
      memory.restart(lengths);
      const answer = call(memory, readers, writers, excepts);
      return answer.some((list) => list.length > 0) ? answer : null;
    };
    const none = (): [R[], W[], X[]] => [[], [], []];
    const milliseconds = microseconds === FOREVER ? FOREVER : microseconds / 1000;
    return lookOrWait({ look, none, milliseconds, signal }, (wait) => {
      for (const [fd, events] of memory.pollMasks(lengths)) wait.watch(fd, events);
    });
  });
}

/** Makes the call with the lists in memory; the arrays hold their objects, or null for numbers. */
function call<R, W, X>(
  memory: SelectMemory,
  readers: R[] | null,
  writers: W[] | null,
  excepts: X[] | null,
): [R[], W[], X[]] {
  const wlistBegin = memory.length(0);
  const xlistBegin = wlistBegin + memory.length(1);
  const result = selectOnce(memory.buffer);
  if (result < 0) throw new OSError(result, 'select');
  return [
    memory.ready(readers, 0, 0),
    memory.ready(writers, wlistBegin, 1),
    memory.ready(excepts, xlistBegin, 2),
  ];
}
