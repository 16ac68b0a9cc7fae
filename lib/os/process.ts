/** Child processes: waitpid and its status, pidfd. */
import { native } from '../native/index.js';
import { check, INT_MAX, integer, rangeError, UINT_MAX } from '../values/index.js';

/**
 * Waits until a child process changes, usually until it ends, and takes its status. In a worker it
 * ends when the worker does.
 *
 * It also takes the status of children of `node:child_process`, whose `'exit'` event then never
 * comes: name a process that is not one of those, or wait for the end with {@link pidfdOpen}.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.waitpid and waitpid(2).
 * @param pid - the child; -1: any; 0: any of this process's group; below -1: any of the group `-pid`
 * @param options - `WNOHANG`: do not wait; `WUNTRACED`, `WCONTINUED`: stops and continuations too
 * @returns the child's process number and its status; `[0, 0]` with `WNOHANG` if none has changed
 * @throws OSError `ECHILD` if there is no such child, `EINVAL`
 * @platform POSIX
 */
export function waitpid(pid: number, options: number): [pid: number, status: number] {
  const number = integer('pid', pid, -INT_MAX - 1, INT_MAX);
  const bits = integer('options', options, -INT_MAX - 1, INT_MAX);
  const status: number[] = [];
  const child = check(native.waitpid(number, bits, status), 'waitpid');
  return [child, child === 0 ? 0 : (status[0] as number)];
}

/** The results of the macros of waitpid(2) for a status, in the addon's order. */
function decode(status: number): number[] {
  const facts: number[] = [];
  native.decodeWaitStatus(integer('status', status, -INT_MAX - 1, INT_MAX), facts);
  return facts;
}

const fact =
  (index: number) =>
  (status: number): number =>
    decode(status)[index] as number;
const truth =
  (index: number) =>
  (status: number): boolean =>
    decode(status)[index] === 1;

/** Whether the process has ended by itself. */
export const WIFEXITED: (status: number) => boolean = truth(0);
/** Whether a signal has ended the process. */
export const WIFSIGNALED: (status: number) => boolean = truth(1);
/** Whether a signal has stopped the process. */
export const WIFSTOPPED: (status: number) => boolean = truth(2);
/** Whether the process continues after a stop. */
export const WIFCONTINUED: (status: number) => boolean = truth(3);
/** Whether the process has left a core dump. */
export const WCOREDUMP: (status: number) => boolean = truth(4);
/** The exit code, if {@link WIFEXITED}. */
export const WEXITSTATUS: (status: number) => number = fact(5);
/** The number of the signal that has ended the process, if {@link WIFSIGNALED}. */
export const WTERMSIG: (status: number) => number = fact(6);
/** The number of the signal that has stopped the process, if {@link WIFSTOPPED}. */
export const WSTOPSIG: (status: number) => number = fact(7);

/**
 * The exit code for a status of {@link waitpid}; if a signal has ended the process, the negative
 * number of the signal.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.waitstatus_to_exitcode
 * @param status - the second item of {@link waitpid}
 * @returns from 0 to 255, or negative
 * @throws RangeError for a process that is stopped, and for a value that is not a status
 * @platform POSIX
 */
export function waitstatusToExitcode(status: number): number {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  throw rangeError('status', 'that of a process that has ended', status);
}

/**
 * A file descriptor that is readable when a process has ended. It closes on exec. The process need
 * not be a child; for a child, {@link waitpid} still returns the status.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.pidfd_open and pidfd_open(2).
 * @param pid - the number of the process
 * @param flags - `PIDFD_NONBLOCK` or 0
 * @returns the file descriptor
 * @throws OSError `ESRCH` if there is no such process, `EINVAL`, `EMFILE`
 * @platform Linux; elsewhere `ENOSYS`
 */
export function pidfdOpen(pid: number, flags = 0): number {
  const number = integer('pid', pid, -INT_MAX - 1, INT_MAX);
  return check(native.pidfdOpen(number, integer('flags', flags, 0, UINT_MAX)), 'pidfd_open');
}
