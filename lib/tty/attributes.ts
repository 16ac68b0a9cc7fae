/** The attributes of terminals, and the size of their windows. */
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
import { NCCS } from './constants.js';

/**
 * The attributes of a terminal, as Python's list of seven; see termios(3).
 *
 * The speeds are constants such as `B9600`; `cc` has the control characters as numbers, with `VINTR`
 * and the like as indexes.
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

/** The places in {@link Attributes}: `attributes[LFLAG]`; Python's `tty.LFLAG`. */
export const [IFLAG, OFLAG, CFLAG, LFLAG, ISPEED, OSPEED, CC] = [0, 1, 2, 3, 4, 5, 6] as const;

export const NAMES = ['iflag', 'oflag', 'cflag', 'lflag', 'ispeed', 'ospeed'];

/**
 * The attributes of a terminal.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcgetattr, but `cc` has only numbers.
 * @param fd - of a terminal
 * @returns a new list
 * @throws OSError `ENOTTY` if it is not a terminal, `EBADF`
 * @platform POSIX
 */
export function tcgetattr(fd: FileDescriptorLike): Attributes {
  const numbers: number[] = [];
  check(native.tcgetattr(fileno(fd), numbers), 'tcgetattr');
  return [...numbers.slice(0, NAMES.length), numbers.slice(NAMES.length)] as Attributes;
}

/** Checks that a value is a list of this many items; the error names it. */
export function listOf(name: string, value: unknown, length: number): unknown[] {
  if (Array.isArray(value) && value.length === length) return value;
  throw typeError(name, `an array of ${length} items`, value);
}

/**
 * Sets the attributes of a terminal.
 *
 * Mirrors https://docs.python.org/3/library/termios.html#termios.tcsetattr and termios(3).
 * @param fd - of a terminal
 * @param when - `TCSANOW`: at once; `TCSADRAIN`: when all written data was sent; `TCSAFLUSH`: the
 *   same, and received data that was not read is dropped
 * @param attributes - changed attributes of {@link tcgetattr}
 * @throws TypeError, RangeError that name the wrong item
 * @throws OSError `ENOTTY`, `EBADF`; `EINVAL` for another `when` or an unknown speed; `EIO` from a
 *   background process that ignores SIGTTOU
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
 * @param fd - of a terminal
 * @returns rows and columns; 0 if the size is not known
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
 * @param fd - of a terminal
 * @param winsize - rows and columns, each from 0 to 65535
 * @throws OSError `ENOTTY`, `EBADF`
 * @throws TypeError, RangeError that name the wrong item
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
