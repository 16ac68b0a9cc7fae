/** Prints lines to stdout or stderr, for a program that must continue if no process reads them. */
import { LineWriter as NativeLineWriter, native } from '../native/index.js';
import { type FileDescriptorLike, fileno } from '../values/index.js';

/** Writes whole lines; made by {@link lineWriter}. */
export interface LineWriter {
  /**
   * Writes a line and its newline before it returns.
   *
   * If no process reads, it waits at most half a second. After that, lines are dropped and counted;
   * the next line that can be written follows a line `N lines lost`. After the reader has closed
   * (EPIPE), and after any other error of write(2), lines are dropped silently.
   * @param line - written in UTF-8, without its newline
   */
  print(line: string): void;
}

/**
 * A writer of lines for an fd such as 1, stdout.
 *
 * `process.stdout` is not suitable for a program that waits with select() itself: if a pipe is full,
 * it keeps the data for Node's event loop, which never runs. Nor is write(2): it blocks on a full
 * pipe, and the program serves no client until the pipe is read.
 *
 * @param fd - where to write; stays open, and its O_NONBLOCK is not changed
 * @returns the writer, for this fd
 * @throws TypeError, RangeError for an argument that is not a file descriptor
 * @platform POSIX
 */
export function lineWriter(fd: FileDescriptorLike): LineWriter {
  return new NativeLineWriter(fileno(fd), native);
}
