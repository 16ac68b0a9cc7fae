/** Lines on stdout or stderr, for a program that must go on when nothing reads them. */
import { LineWriter as NativeLineWriter, native } from '../native/index.js';
import { type FileDescriptorLike, fileno } from '../values/index.js';

/** Writes whole lines; made by {@link lineWriter}. */
export interface LineWriter {
  /**
   * Writes a line and its newline before it returns.
   *
   * Where nothing reads them it waits half a second at most. After that, lines are dropped and
   * counted; the next one that can be written comes after a line `N lines lost`. Once the reader is
   * gone (EPIPE), lines are dropped silently.
   */
  print(line: string): void;
}

/**
 * A writer of lines for an fd such as 1, stdout.
 *
 * `process.stdout` will not do for a program that waits with select() itself: what a full pipe does
 * not take it keeps for Node's event loop, which never runs. A write(2) will not do either: to a full
 * pipe it blocks, and the program serves no client until the pipe is read.
 *
 * @throws TypeError, RangeError for an argument that is not a file descriptor
 * @platform POSIX
 */
export function lineWriter(fd: FileDescriptorLike): LineWriter {
  return new NativeLineWriter(fileno(fd), native);
}
