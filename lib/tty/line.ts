/** Control of a terminal's line: tcdrain, tcflow, tcflush, tcsendbreak. */
import { native } from '../native/index.js';
import { check, type FileDescriptorLike, fileno, INT_MAX, integer } from '../values/index.js';

/** The addon's numbers for these calls. */
const [DRAIN, FLOW, FLUSH, SEND_BREAK] = [0, 1, 2, 3];

function controlLine(fd: FileDescriptorLike, what: number, name: string, value: number): number {
  const number = fileno(fd);
  return native.controlLine(number, what, integer(name, value, -INT_MAX - 1, INT_MAX));
}

/**
 * Waits until all data written to a terminal was sent.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcdrain
 * @param fd - of a terminal
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function tcdrain(fd: FileDescriptorLike): void {
  check(controlLine(fd, DRAIN, 'argument', 0), 'tcdrain');
}

/**
 * Stops or resumes sending or receiving.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcflow
 * @param fd - of a terminal
 * @param action - `TCOOFF`, `TCOON`: output; `TCIOFF`, `TCION`: input
 * @throws OSError `ENOTTY`, `EBADF`, `EINVAL`
 * @platform POSIX
 */
export function tcflow(fd: FileDescriptorLike, action: number): void {
  check(controlLine(fd, FLOW, 'action', action), 'tcflow');
}

/**
 * Drops data that was received and not read, or written and not sent.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcflush
 * @param fd - of a terminal
 * @param queue - `TCIFLUSH`: input; `TCOFLUSH`: output; `TCIOFLUSH`: both
 * @throws OSError `ENOTTY`, `EBADF`, `EINVAL`
 * @platform POSIX
 */
export function tcflush(fd: FileDescriptorLike, queue: number): void {
  check(controlLine(fd, FLUSH, 'queue', queue), 'tcflush');
}

/**
 * Sends a break on a serial line.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcsendbreak
 * @param fd - of a terminal
 * @param duration - 0: between 0.25 and 0.5 s; the meaning of other values depends on the system
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function tcsendbreak(fd: FileDescriptorLike, duration: number): void {
  check(controlLine(fd, SEND_BREAK, 'duration', duration), 'tcsendbreak');
}
