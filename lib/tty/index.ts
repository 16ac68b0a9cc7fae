/**
 * `fdselect/tty`: how a terminal behaves.
 *
 * Mirrors https://docs.python.org/3/library/termios.html and https://docs.python.org/3/library/tty.html
 */
import { native } from '../native/index.js';
import {
  check,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  typeError,
  UINT_MAX,
} from '../values/index.js';
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
  NCCS,
  NOFLSH,
  OPOST,
  PARENB,
  PARMRK,
  TCSAFLUSH,
  TOSTOP,
  VMIN,
  VTIME,
} from './constants.js';

export * from './constants.js';

/**
 * The attributes of a terminal, as Python's list of seven; see termios(3).
 *
 * The speeds are constants such as `B9600`; `cc` has the control characters as numbers, by `VINTR` and
 * the like.
 */
export type Attributes = [
  iflag: number,
  oflag: number,
  cflag: number,
  lflag: number,
  ispeed: number,
  ospeed: number,
  cc: number[],
];

const NAMES = ['iflag', 'oflag', 'cflag', 'lflag', 'ispeed', 'ospeed'];

/**
 * The attributes of a terminal.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcgetattr, but `cc` is all numbers.
 * @throws OSError `ENOTTY` where it is no terminal, `EBADF`
 * @platform POSIX
 */
export function tcgetattr(fd: FileDescriptorLike): Attributes {
  const numbers: number[] = [];
  check(native.tcgetattr(fileno(fd), numbers), 'tcgetattr');
  return [...numbers.slice(0, NAMES.length), numbers.slice(NAMES.length)] as Attributes;
}

/** A list that has this many items, or an error that names it. */
function listOf(name: string, value: unknown, length: number): unknown[] {
  if (Array.isArray(value) && value.length === length) return value;
  throw typeError(name, `an array of ${length} items`, value);
}

/**
 * Sets the attributes of a terminal.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcsetattr and termios(3).
 * @param when - `TCSANOW`: at once; `TCSADRAIN`: when everything written was sent; `TCSAFLUSH`: then,
 *   and what was received and not read is dropped
 * @param attributes - of {@link tcgetattr}, changed
 * @throws TypeError, RangeError that name the item that is wrong
 * @throws OSError `ENOTTY`, `EBADF`; `EINVAL` for another `when` or a speed that there is not; `EIO` from
 *   a background process that ignores SIGTTOU
 * @platform POSIX
 */
export function tcsetattr(
  fd: FileDescriptorLike,
  when: number,
  attributes: Readonly<Attributes>,
): void {
  const number = fileno(fd);
  const moment = integer('when', when, -INT_MAX - 1, INT_MAX);
  const list = listOf('attributes', attributes, NAMES.length + 1);
  const numbers = NAMES.map((name, i) =>
    integer(`attributes[${i}] (${name})`, list[i], 0, UINT_MAX),
  );
  const cc = listOf(`attributes[${NAMES.length}] (cc)`, list[NAMES.length], NCCS);
  const characters = cc.map((value, i) => integer(`cc[${i}]`, value, 0, 255));
  check(native.tcsetattr(number, moment, [...numbers, ...characters]), 'tcsetattr');
}

/**
 * The size of a terminal's window, in characters.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcgetwinsize
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function tcgetwinsize(fd: FileDescriptorLike): [rows: number, columns: number] {
  const size: number[] = [];
  check(native.tcgetwinsize(fileno(fd), size), 'tcgetwinsize');
  return size as [number, number];
}

/**
 * Sets the size of a terminal's window; the programs in it get SIGWINCH. The size in pixels stays.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcsetwinsize
 * @param winsize - rows and columns, each from 0 to 65535
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function tcsetwinsize(
  fd: FileDescriptorLike,
  winsize: readonly [rows: number, columns: number],
): void {
  const number = fileno(fd);
  const [rows, columns] = listOf('winsize', winsize, 2);
  check(
    native.tcsetwinsize(
      number,
      integer('winsize[0] (rows)', rows, 0, 0xffff),
      integer('winsize[1] (columns)', columns, 0, 0xffff),
    ),
    'tcsetwinsize',
  );
}

/** Bit operations give signed numbers; the attributes are unsigned ones. */
function without(bits: number, cleared: number): number {
  return (bits & ~cleared) >>> 0;
}

/** One byte is enough for a read to return, however long it takes to come. */
function readByBytes([, , , , , , cc]: Attributes): void {
  cc[VMIN] = 1;
  cc[VTIME] = 0;
}

/**
 * Changes attributes to those of raw mode: every byte is read as it comes and written as it is; no
 * echo, no signals from keys.
 *
 * Mirrors https://docs.python.org/3.13/library/tty.html#tty.cfmakeraw
 * @param mode - of {@link tcgetattr}
 * @throws TypeError where it is no such list
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
 * Changes attributes to those of "cbreak" mode: every key is read as it comes, without echo; Ctrl-C
 * and the like still are signals.
 *
 * Mirrors https://docs.python.org/3.13/library/tty.html#tty.cfmakecbreak
 * @param mode - of {@link tcgetattr}
 * @throws TypeError where it is no such list
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
 * @param when - as of {@link tcsetattr}; default `TCSAFLUSH`
 * @returns the attributes that it had before, to be given back with {@link tcsetattr}
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
 * @param when - as of {@link tcsetattr}; default `TCSAFLUSH`
 * @returns the attributes that it had before
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function setcbreak(fd: FileDescriptorLike, when: number = TCSAFLUSH): Attributes {
  return change(fd, when, cfmakecbreak);
}

/** The addon's numbers for these calls. */
const [DRAIN, FLOW, FLUSH, SEND_BREAK] = [0, 1, 2, 3];

function controlLine(fd: FileDescriptorLike, what: number, name: string, value: number): number {
  const number = fileno(fd);
  return native.controlLine(number, what, integer(name, value, -INT_MAX - 1, INT_MAX));
}

/**
 * Waits until everything written to a terminal was sent.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcdrain
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function tcdrain(fd: FileDescriptorLike): void {
  check(controlLine(fd, DRAIN, 'argument', 0), 'tcdrain');
}

/**
 * Stops or goes on with sending or receiving.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcflow
 * @param action - `TCOOFF`, `TCOON`: output; `TCIOFF`, `TCION`: input
 * @throws OSError `ENOTTY`, `EBADF`, `EINVAL`
 * @platform POSIX
 */
export function tcflow(fd: FileDescriptorLike, action: number): void {
  check(controlLine(fd, FLOW, 'action', action), 'tcflow');
}

/**
 * Drops what was received and not read, or written and not sent.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcflush
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
 * @param duration - 0: between 0.25 and 0.5 s; another one means something else on each system
 * @throws OSError `ENOTTY`, `EBADF`
 * @platform POSIX
 */
export function tcsendbreak(fd: FileDescriptorLike, duration: number): void {
  check(controlLine(fd, SEND_BREAK, 'duration', duration), 'tcsendbreak');
}
