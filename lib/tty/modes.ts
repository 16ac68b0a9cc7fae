/** Raw and "cbreak" mode: Python's `tty`. */
import { type FileDescriptorLike, fileno } from '../values/index.js';
import { type Attributes, listOf, NAMES, tcgetattr, tcsetattr } from './attributes.js';
import {
  BRKINT,
  CS8,
  CSIZE,
  ECHO,
  ECHOE,
  ECHOK,
  ECHONL,
  ICANON,
  ICRNL,
  IEXTEN,
  IGNBRK,
  IGNCR,
  IGNPAR,
  INLCR,
  INPCK,
  ISIG,
  ISTRIP,
  IXANY,
  IXOFF,
  IXON,
  NOFLSH,
  OPOST,
  PARENB,
  PARMRK,
  TCSAFLUSH,
  TOSTOP,
  VMIN,
  VTIME,
} from './constants.js';

/** Clears bits; the result is unsigned, as the attributes are. */
function without(bits: number, cleared: number): number {
  return (bits & ~cleared) >>> 0;
}

/** Makes a read return after one byte, and wait for it without a time limit. */
function readByBytes([, , , , , , cc]: Attributes): void {
  cc[VMIN] = 1;
  cc[VTIME] = 0;
}

/**
 * Changes attributes to those of raw mode: every byte is read at once and written unchanged; no
 * echo, no signals from keys.
 *
 * Mirrors https://docs.python.org/3.13/library/tty.html#tty.cfmakeraw
 * @param mode - of {@link tcgetattr}
 * @throws TypeError for a value that is not a list of attributes
 * @platform POSIX
 */
export function cfmakeraw(mode: Attributes): void {
  listOf('mode', mode, NAMES.length + 1);
  mode[0] = without(
    mode[0],
    IGNBRK |
      BRKINT |
      IGNPAR |
      PARMRK |
      INPCK |
      ISTRIP |
      INLCR |
      IGNCR |
      ICRNL |
      IXON |
      IXANY |
      IXOFF,
  );
  mode[1] = without(mode[1], OPOST);
  mode[2] = without(mode[2], PARENB | CSIZE) | CS8;
  mode[3] = without(
    mode[3],
    ECHO | ECHOE | ECHOK | ECHONL | ICANON | IEXTEN | ISIG | NOFLSH | TOSTOP,
  );
  readByBytes(mode);
}

/**
 * Changes attributes to those of "cbreak" mode: every key is read at once, without echo; Ctrl-C and
 * the like still send signals.
 *
 * Mirrors https://docs.python.org/3.13/library/tty.html#tty.cfmakecbreak
 * @param mode - of {@link tcgetattr}
 * @throws TypeError for a value that is not a list of attributes
 * @platform POSIX
 */
export function cfmakecbreak(mode: Attributes): void {
  listOf('mode', mode, NAMES.length + 1);
  mode[3] = without(mode[3], ECHO | ICANON);
  readByBytes(mode);
}

function change(
  fd: FileDescriptorLike,
  when: number,
  make: (mode: Attributes) => void,
): Attributes {
  const number = fileno(fd);
  const former = tcgetattr(number);
  const mode = structuredClone(former);
  make(mode);
  tcsetattr(number, when, mode);
  return former;
}

/**
 * Sets a terminal to raw mode, see {@link cfmakeraw}.
 *
 * Mirrors https://docs.python.org/3.13/library/tty.html#tty.setraw
 * @param fd - of a terminal
 * @param when - as of {@link tcsetattr}; default `TCSAFLUSH`
 * @returns the former attributes, to restore them with {@link tcsetattr}
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function setraw(fd: FileDescriptorLike, when: number = TCSAFLUSH): Attributes {
  return change(fd, when, cfmakeraw);
}

/**
 * Sets a terminal to "cbreak" mode, see {@link cfmakecbreak}.
 *
 * Mirrors https://docs.python.org/3.13/library/tty.html#tty.setcbreak
 * @param fd - of a terminal
 * @param when - as of {@link tcsetattr}; default `TCSAFLUSH`
 * @returns the former attributes
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function setcbreak(fd: FileDescriptorLike, when: number = TCSAFLUSH): Attributes {
  return change(fd, when, cfmakecbreak);
}
