/** Child processes: waitpid and its status, pidfd. */
import { native } from '../native/index.js';
import { check, INT_MAX, integer, rangeError, UINT_MAX } from '../values/index.js';

/**
 * Waits until a child process changes, which for most is its end, and takes its status away. In a
 * worker it ends when the worker does.
 *
 * It also takes the status of the children of `node:child_process`, whose `'exit'` never comes then:
 * name a process that is not one of those, or use {@link pidfdOpen} to wait beside them.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.waitpid and waitpid(2).
 * @param pid - of the child; -1: any; 0: any of this process's group; below: any of group `-pid`
 * @param options - `WNOHANG`: do not wait; `WUNTRACED`, `WCONTINUED`: stops and continuations too
 * @returns the child's process number and its status; `[0, 0]` with `WNOHANG` where none has changed
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

/** What the macros of waitpid(2) say of a status, in their order in the addon's answer. */
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
/** Whether the process goes on after a stop. */
export const WIFCONTINUED: (status: number) => boolean = truth(3);
/** Whether the process has left a core dump. */
export const WCOREDUMP: (status: number) => boolean = truth(4);
/** The exit code, where {@link WIFEXITED}. */
export const WEXITSTATUS: (status: number) => number = fact(5);
/** The number of the signal that has ended the process, where {@link WIFSIGNALED}. */
export const WTERMSIG: (status: number) => number = fact(6);
/** The number of the signal that has stopped the process, where {@link WIFSTOPPED}. */
export const WSTOPSIG: (status: number) => number = fact(7);

/**
 * The exit code that a status of {@link waitpid} stands for; of a process that a signal has ended,
 * the signal's number, negative.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.waitstatus_to_exitcode
 * @throws RangeError for a process that is stopped, and for a value that is not a status
 * @platform POSIX
 */
export function waitstatusToExitcode(status: number): number {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  throw rangeError('status', 'that of a process that has ended', status);
}

/**
 * A file descriptor that is readable when a process has ended. It closes on exec. The process need not
 * be a child; of a child {@link waitpid} still has the status.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.pidfd_open and pidfd_open(2).
 * @param flags - `PIDFD_NONBLOCK` or 0
 * @throws OSError `ESRCH` if there is no such process, `EINVAL`, `EMFILE`
 * @platform Linux; elsewhere `ENOSYS`
 */
export function pidfdOpen(pid: number, flags = 0): number {
  const number = integer('pid', pid, -INT_MAX - 1, INT_MAX);
  return check(native.pidfdOpen(number, integer('flags', flags, 0, UINT_MAX)), 'pidfd_open');
}
