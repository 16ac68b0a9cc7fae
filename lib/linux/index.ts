/**
 * `fdselect/linux`: calls that only Linux has. On other systems every call throws `ENOSYS`.
 *
 * inotify(7): a file descriptor that reports changes of files and folders.
 */
import { native } from '../native/index.js';
import {
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  type PathLike,
  toPath,
  UINT_MAX,
} from '../values/index.js';
import { POLLIN, type WaitOptions } from '../waits/index.js';
import { orNotYet, signalOf, throwIfAborted, whenReady } from '../waits/internal.js';
import { type InotifyEvent, parseEvents } from './inotify-events.js';

export * from './constants.js';
export type { InotifyEvent };

/** Room for a few hundred events; one has at most 16 + 256 bytes. */
const BUFFER_SIZE = 16384;

/**
 * A file descriptor that is readable when there are events of the watched files. It closes on exec.
 *
 * Mirrors inotify_init1(2).
 * @param flags - `IN_NONBLOCK` or 0
 * @returns the file descriptor
 * @throws OSError `EINVAL` for other flags; `EMFILE`, also if the user has too many of these
 * @platform Linux
 */
export function inotifyInit(flags = 0): number {
  return check(native.inotifyInit(integer('flags', flags, 0, INT_MAX)), 'inotify_init1');
}

/**
 * Watches a file or folder, or changes the watched events.
 *
 * Mirrors inotify_add_watch(2).
 * @param fd - of {@link inotifyInit}
 * @param path - text, or bytes if it is not UTF-8
 * @param mask - events such as `IN_MODIFY`, and flags such as `IN_ONLYDIR`
 * @returns the number of the watch, the `wd` of its events
 * @throws OSError `ENOENT`, `EACCES`; `ENOSPC` if the user has too many watches; `EINVAL`, `EBADF`
 * @throws TypeError, RangeError for bad arguments
 * @platform Linux
 */
export function inotifyAddWatch(fd: FileDescriptorLike, path: PathLike, mask: number): number {
  const number = fileno(fd);
  const bytes = toPath('path', path);
  // Bit operations make IN_ONESHOT a negative number.
  const bits = integer('mask', mask, -INT_MAX - 1, UINT_MAX) >>> 0;
  return check(native.inotifyAddWatch(number, bytes, bits), 'inotify_add_watch');
}

/**
 * Ends a watch. Its last event has `IN_IGNORED`.
 *
 * Mirrors inotify_rm_watch(2).
 * @param fd - of {@link inotifyInit}
 * @param wd - the result of {@link inotifyAddWatch}
 * @throws OSError `EINVAL` if there is no such watch, `EBADF`
 * @platform Linux
 */
export function inotifyRmWatch(fd: FileDescriptorLike, wd: number): void {
  const number = fileno(fd);
  check(
    native.inotifyRmWatch(number, integer('wd', wd, -INT_MAX - 1, INT_MAX)),
    'inotify_rm_watch',
  );
}

/**
 * Reads the existing events, as many as fit in one read. Waits for the first, in a worker at most
 * until the worker ends.
 *
 * Mirrors read(2) of inotify(7).
 * @param fd - of {@link inotifyInit}
 * @returns the events, in order. If some were lost because they were not read in time, one of them
 *   is `{ wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' }`
 * @throws OSError `EAGAIN` if a non-blocking one has none, `EBADF`
 * @platform Linux
 */
export function readInotify(fd: FileDescriptorLike): InotifyEvent[] {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  return parseEvents(buffer.subarray(0, check(native.readv(fileno(fd), [buffer]), 'read')));
}

/**
 * {@link readInotify} without blocking the thread. It waits even if IN_NONBLOCK is set.
 *
 * Mirrors read(2) of inotify(7).
 * @param fd - of {@link inotifyInit}
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and no event
 *   is lost
 * @returns a promise for the events; rejected with the errors of {@link readInotify}
 * @platform Linux
 */
export async function readInotifyAsync(
  fd: FileDescriptorLike,
  options?: WaitOptions,
): Promise<InotifyEvent[]> {
  const number = fileno(fd);
  throwIfAborted(options);
  const buffer = Buffer.allocUnsafeSlow(BUFFER_SIZE);
  const size = await whenReady({ fd: number, events: POLLIN, signal: signalOf(options) }, () =>
    orNotYet(native.readWithin(number, buffer, 0), 'read'),
  );
  return parseEvents(buffer.subarray(0, size));
}
