/**
 * `fdselect/redirect`: a program's standard output and input over a socket, so that what prints and
 * asks becomes a client or a server without being changed.
 *
 * Standard output is `process.stdout.write` and with it `console.log` and its like; `process.stderr`
 * and what writes to fd 1 by itself (`fs.writeSync(1, …)`, child processes) stay what they are.
 * Standard input is {@link input}; `process.stdin` stays what it is. All of it blocks the thread.
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

/** Where standard output and input go; null where they are the process's own. */
let output: RedirectedOutput | null = null;
let source: TextFile | null = null;

/**
 * Listens on a port until one client has connected, then closes the listener. SO_REUSEADDR is set.
 *
 * @param port - 50008 by default
 * @param host - the address to listen on; `''` is every interface
 * @returns the connection
 * @throws OSError such as `EADDRINUSE`; TypeError, RangeError for a bad address
 */
export function initListenerSocket(port = DEFAULT_PORT, host = DEFAULT_HOST): Socket {
  return acceptOne(port, host);
}

/**
 * Connects and sends standard output there from now on.
 *
 * Output is kept in a buffer of 8 KiB until it is full, or until {@link flush}, {@link input},
 * {@link restore} or the end of the process: a peer that waits for it before then waits in vain.
 * Where it cannot be sent, `process.stdout.write` throws (or calls back with the error), and every
 * flush throws again; `console.log` ignores errors. At the end of the process the error is printed
 * on stderr, and the exit code is 120 unless there is another one already, as in CPython.
 *
 * What was redirected before is flushed first and replaced.
 *
 * @param options - `timeout`: seconds for which a refused connection is tried again, 3 by default
 * @returns the connection, which belongs to the caller. It is closed when the caller has closed it
 *   and {@link restore} was called; the end of the process does both.
 * @throws OSError `ECONNREFUSED` where nothing listens when the time is over, `ETIMEDOUT`, …; what
 *   {@link flush} throws, and then nothing has changed
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
 * Connects and lets {@link input} read from there from now on. What an earlier redirection has
 * read ahead is forgotten.
 *
 * Parameters, result and errors are those of {@link redirectOut}.
 */
export function redirectIn(
  port = DEFAULT_PORT,
  host = DEFAULT_HOST,
  options: RedirectOptions = {},
): Socket {
  return redirect(connectTo(port, host, options), { out: false, in: true });
}

/**
 * Connects and redirects both standard output and {@link input} there: {@link redirectOut} and
 * {@link redirectIn} over one connection.
 *
 * Parameters, result and errors are those of {@link redirectOut}.
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
 * Parameters and errors are those of {@link initListenerSocket}, the rest is as in
 * {@link redirectBothAsClient}.
 */
export function redirectBothAsServer(port = DEFAULT_PORT, host = DEFAULT_HOST): Socket {
  flush();
  return redirect(acceptOne(port, host), { out: true, in: true });
}

/**
 * Reads a line: from where input was redirected to, else from the process's standard input, of which
 * it reads ahead (so do not use it together with `process.stdin`). Standard output is flushed
 * before, so that the peer knows what it is asked.
 *
 * Mirrors https://docs.python.org/3/library/functions.html#input
 *
 * @param prompt - is written to standard output
 * @returns the line without its newline, which may be `\n`, `\r\n` or `\r`
 * @throws EOFError at the end of the input
 * @throws OSError `EPIPE` or `ECONNRESET` where the peer is gone; lines that it had sent before are
 *   returned all the same
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
 * Sends the output that is waiting in the buffer; nothing where output is not redirected.
 * @throws OSError such as `EPIPE`; what could not be sent stays, and the next flush tries it again
 */
export function flush(): void {
  output?.flush();
}

/**
 * Flushes, and makes standard output and input what they were before. Does nothing where nothing is
 * redirected. The connections stay open until those who got them close them.
 * @throws OSError such as `EPIPE` where output could not be sent, which is lost then; everything is
 *   as it was before even so
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

/** Flushes; the error where the peer is gone, since it may have sent something before. */
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
