/** Asking the user: Python's `input()`. */
import { native } from '../native/index.js';
import { check, concurrentPollError, typeError } from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { Deadline, type TimeoutOptions } from './deadline.js';
import { EOFError } from './errors.js';
import { LineSource } from './line-source.js';
import { placeOf } from './read.js';
import { type Place, readOnce, readOnceAsync, writeOnce, writeOnceAsync } from './transfer.js';

const STDIN = 0;
const STDOUT = 1;
const CHUNK_SIZE = 65536;

/** Bytes that were read ahead from standard input, and from the controlling terminal. */
export const standardInput = new LineSource();
const terminalInput = new LineSource();

/** Options of {@link input}. */
export interface InputOptions extends TimeoutOptions {
  /** Whether to read from and write to the controlling terminal, /dev/tty. Default: false. */
  tty?: boolean | undefined;
}

/** Opens /dev/tty. @returns the fd, or -errno */
export function openTerminal(): number {
  const { O_NOCTTY, O_RDWR } = process.getBuiltinModule('node:fs').constants;
  return native.open('/dev/tty', O_RDWR | O_NOCTTY, 0);
}

/** Reads up to the next newline; after an error the bytes stay for the next call. */
export function readLine(fd: number, source: LineSource, deadline: Deadline): string {
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  for (;;) {
    const line = source.takeLine();
    if (line !== null) return line.toString();
    const size = readOnce(fd, chunk, deadline);
    if (size === 0) return lastLine(source);
    source.add(chunk.subarray(0, size));
  }
}

async function readLineAsync(place: Place, source: LineSource): Promise<string> {
  const chunk = Buffer.allocUnsafe(CHUNK_SIZE);
  for (;;) {
    const line = source.takeLine();
    if (line !== null) return line.toString();
    const size = await readOnceAsync(place, chunk);
    if (size === 0) return lastLine(source);
    source.add(chunk.subarray(0, size));
  }
}

/** The last line, which need not have a newline. */
function lastLine(source: LineSource): string {
  const line = source.takeBeginning();
  if (line === null) throw new EOFError();
  return line.toString();
}

/** Writes all of a prompt. */
export function writePrompt(fd: number, prompt: string, deadline: Deadline): void {
  const bytes = Buffer.from(prompt);
  for (let written = 0; written < bytes.length; ) {
    written += writeOnce(fd, bytes, written, deadline);
  }
}

async function writePromptAsync(place: Place, prompt: string): Promise<void> {
  const bytes = Buffer.from(prompt);
  for (let written = 0; written < bytes.length; ) {
    written += await writeOnceAsync(place, bytes, written);
  }
}

export function checkPrompt(prompt: unknown): void {
  if (typeof prompt !== 'string') throw typeError('prompt', 'a string', prompt);
}

function isTerminal({ tty = false }: InputOptions): boolean {
  if (typeof tty !== 'boolean') throw typeError('tty', 'a boolean', tty);
  return tty;
}

/**
 * Asks for a line: writes the prompt to standard output and reads from standard input. It uses the
 * file descriptors 1 and 0 directly, with or without O_NONBLOCK, and reads ahead; so do not use it
 * together with `process.stdin` or the `input` of `fdselect/redirect`. In a Node worker it ends when
 * the worker does.
 *
 * Mirrors https://docs.python.org/3/library/functions.html#input
 * @param prompt - default none
 * @param options - `timeout`: seconds for the whole call; the beginning of a line is then kept for
 *   the next call. `tty`: ask on /dev/tty instead
 * @returns the line without its newline, which is `\n`. The last one need not have a newline
 * @throws EOFError at the end of the input
 * @throws OSError `ETIMEDOUT`; `EBADF` if standard input is closed; `ENXIO` from `open` with `tty`
 *   if there is no terminal
 * @platform POSIX
 */
export function input(prompt = '', options: InputOptions = {}): string {
  checkPrompt(prompt);
  const deadline = new Deadline(options);
  if (!isTerminal(options)) {
    writePrompt(STDOUT, prompt, deadline);
    return readLine(STDIN, standardInput, deadline);
  }
  const fd = check(openTerminal(), 'open');
  try {
    writePrompt(fd, prompt, deadline);
    return readLine(fd, terminalInput, deadline);
  } finally {
    native.close(fd);
  }
}

/** The sources for which a call of {@link inputAsync} is pending. */
const busy = new Set<LineSource>();

async function asking<T>(source: LineSource, ask: () => Promise<T>): Promise<T> {
  if (busy.has(source)) throw concurrentPollError();
  busy.add(source);
  try {
    return await ask();
  } finally {
    busy.delete(source);
  }
}

/**
 * {@link input} without blocking the thread. Both share the bytes that were read ahead.
 *
 * Mirrors https://docs.python.org/3/library/functions.html#input
 * @param prompt - written to standard output; default: nothing
 * @param options - `signal`: if it is aborted, the promise is rejected with its reason, and the
 *   beginning of a line is kept for the next call
 * @returns a promise for the line; rejected with the errors of {@link input}
 * @throws Error `ERR_CONCURRENT_POLL` while another one is pending for the same input
 * @platform POSIX
 */
export async function inputAsync(
  prompt = '',
  options: InputOptions & WaitOptions = {},
): Promise<string> {
  checkPrompt(prompt);
  const place = placeOf(STDIN, options);
  if (!isTerminal(options)) {
    return asking(standardInput, async () => {
      await writePromptAsync({ ...place, fd: STDOUT }, prompt);
      return readLineAsync(place, standardInput);
    });
  }
  return asking(terminalInput, async () => {
    const fd = check(openTerminal(), 'open');
    try {
      await writePromptAsync({ ...place, fd }, prompt);
      return await readLineAsync({ ...place, fd }, terminalInput);
    } finally {
      native.close(fd);
    }
  });
}
