/**
 * `fdselect/redirect`: a program's standard output and input over a socket. A program that prints
 * and asks becomes a client or a server without changes.
 *
 * Redirected output is `process.stdout.write`, and so `console.log` and the like; `process.stderr`
 * and direct writes to fd 1 (`fs.writeSync(1, …)`, child processes) are not redirected. Redirected
 * input is {@link input}, not `process.stdin`. All calls block the thread.
 *
 * Mirrors what Python programs do with `sys.stdout = socket.makefile('w')`.
 * @platform POSIX
 */

import type { Socket, TextFile } from '../socket/index.js';
import { OSError, typeError } from '../values/index.js';
import {
  acceptOne,
  connectTo,
  DEFAULT_HOST,
  DEFAULT_PORT,
  type RedirectOptions,
} from './connect.js';
import { EOFError, openInput, standardInput } from './input.js';
import { RedirectedOutput } from './output.js';

export type { RedirectOptions as ConnectOptions } from './connect.js';
export { EOFError } from './input.js';

/** The redirected standard output and input; null if they are not redirected. */
let output: RedirectedOutput | null = null;
let source: TextFile | null = null;

/**
 * Listens on a port until one client has connected, then closes the listener. SO_REUSEADDR is set;
 * listen(2), accept(2).
 *
 * @param port - from 0 to 65535. Default: 50008
 * @param host - the address to listen on; `''` is every interface. Default: '127.0.0.1'
 * @returns the connection, which is blocking
 * @throws OSError such as `EADDRINUSE`; TypeError, RangeError for a bad address
 * @platform POSIX
 */
export function initListenerSocket(port = DEFAULT_PORT, host = DEFAULT_HOST): Socket {
  return acceptOne(port, host);
}

/**
 * Connects and sends standard output there from now on; connect(2).
 *
 * Output is kept in a buffer of 8 KiB until it is full, or until {@link flush}, {@link input},
 * {@link restore} or the end of the process; the peer does not get it earlier. If it cannot be sent,
 * `process.stdout.write` throws (or calls back with the error), and every flush throws again;
 * `console.log` ignores errors. At the end of the process the error is printed on stderr, and the
 * exit code is 120 unless there is another one already, as in CPython.
 *
 * An earlier redirection is flushed first and replaced.
 *
 * @param port - from 0 to 65535. Default: 50008
 * @param host - an address, or a name, whose look-up blocks. Default: '127.0.0.1'
 * @param options - `timeout`: seconds during which a refused connection is tried again, default 3; null
 *   or Infinity: no limit
 * @returns the connection, which belongs to the caller. It is closed when the caller has closed it
 *   and {@link restore} was called; the end of the process does both.
 * @throws OSError `ECONNREFUSED` if nothing listens when the time is over, `ETIMEDOUT`, the `EAI_…` of a
 *   failed look-up, …; TypeError, RangeError for bad arguments; the errors of {@link flush}, and then
 *   nothing has changed
 * @platform POSIX
 */
export function redirectOut(
  port = DEFAULT_PORT,
  host = DEFAULT_HOST,
  options: RedirectOptions = {},
): Socket {
  flush();
  return redirect(connectTo(port, host, options), { out: true, in: false });
}

/**
 * Connects and redirects {@link input} to the connection. Data that an earlier redirection has read
 * ahead is dropped.
 *
 * @param port - as for {@link redirectOut}
 * @param host - as for {@link redirectOut}
 * @param options - as for {@link redirectOut}
 * @returns the connection, which belongs to the caller
 * @throws as {@link redirectOut}, but not the errors of {@link flush}
 * @platform POSIX
 */
export function redirectIn(
  port = DEFAULT_PORT,
  host = DEFAULT_HOST,
  options: RedirectOptions = {},
): Socket {
  return redirect(connectTo(port, host, options), { out: false, in: true });
}

/**
 * Connects and redirects both standard output and {@link input}: {@link redirectOut} and
 * {@link redirectIn} over one connection.
 *
 * @param port - as for {@link redirectOut}
 * @param host - as for {@link redirectOut}
 * @param options - as for {@link redirectOut}
 * @returns the connection, which belongs to the caller
 * @throws as {@link redirectOut}
 * @platform POSIX
 */
export function redirectBothAsClient(
  port = DEFAULT_PORT,
  host = DEFAULT_HOST,
  options: RedirectOptions = {},
): Socket {
  flush();
  return redirect(connectTo(port, host, options), { out: true, in: true });
}

/**
 * Waits for a client, as {@link initListenerSocket} does, and redirects both standard output and
 * {@link input} to it.
 *
 * @param port - as for {@link initListenerSocket}
 * @param host - as for {@link initListenerSocket}
 * @returns the connection, which belongs to the caller
 * @throws as {@link initListenerSocket}, and the errors of {@link flush}
 * @platform POSIX
 */
export function redirectBothAsServer(port = DEFAULT_PORT, host = DEFAULT_HOST): Socket {
  flush();
  return redirect(acceptOne(port, host), { out: true, in: true });
}

/**
 * Reads a line, from the redirected input or else from the process's standard input. It reads ahead,
 * so do not use it together with `process.stdin`. It flushes standard output first, so that the peer
 * gets the question.
 *
 * Mirrors https://docs.python.org/3/library/functions.html#input
 *
 * @param prompt - written to standard output. Default: nothing
 * @returns the line without its newline, which may be `\n`, `\r\n` or `\r`
 * @throws EOFError at the end of the input
 * @throws OSError `EPIPE` or `ECONNRESET` if the peer has closed; lines that it has sent before are
 *   returned first
 * @throws TypeError for a prompt that is not a string
 * @platform POSIX
 */
export function input(prompt = ''): string {
  if (typeof prompt !== 'string') throw typeError('prompt', 'a string', prompt);
  if (prompt !== '') process.stdout.write(prompt);
  const failure = flushed();
  const line = (source ?? standardInput).readline();
  if (line === '') throw failure ?? new EOFError();
  return line.endsWith('\n') ? line.slice(0, -1) : line;
}

/**
 * Sends the output in the buffer; does nothing if output is not redirected.
 *
 * Mirrors `sys.stdout.flush()`: https://docs.python.org/3/library/io.html#io.IOBase.flush
 * @throws OSError such as `EPIPE`; data that could not be sent stays, and the next flush tries again
 * @platform POSIX
 */
export function flush(): void {
  output?.flush();
}

/**
 * Flushes and ends the redirection of standard output and input. Does nothing if nothing is
 * redirected. The connections stay open until their owners close them.
 *
 * Mirrors `sys.stdout = sys.__stdout__`: https://docs.python.org/3/library/sys.html#sys.__stdout__
 * @throws OSError such as `EPIPE` if output could not be sent, which is lost then; the redirection
 *   has ended even then
 * @platform POSIX
 */
export function restore(): void {
  const [oldOutput, oldSource] = [output, source];
  output = null;
  source = null;
  try {
    oldOutput?.close();
  } finally {
    oldSource?.close();
  }
}

function redirect(socket: Socket, directions: { out: boolean; in: boolean }): Socket {
  if (directions.out) {
    output?.close();
    output = new RedirectedOutput(socket);
  }
  if (directions.in) {
    source?.close();
    source = openInput(socket);
  }
  return socket;
}

/**
 * Flushes; returns the error if the peer has closed, because its last lines are still to be read.
 */
function flushed(): OSError | null {
  try {
    flush();
    return null;
  } catch (error) {
    const isGone = error instanceof OSError && ['EPIPE', 'ECONNRESET'].includes(error.code);
    if (!isGone) throw error;
    return error;
  }
}
