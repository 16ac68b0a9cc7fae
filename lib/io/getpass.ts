/** Asking for a password: Python's `getpass`. */
import { errnoNumber, native, signalNumbers } from '../native/index.js';
import { check, INT_MAX, OSError } from '../values/index.js';
import { POLLIN, Poll } from '../waits/index.js';
import { Deadline, type TimeoutOptions } from './deadline.js';
import { EOFError } from './errors.js';
import { checkPrompt, openTerminal, readLine, standardInput, writePrompt } from './input.js';
import { LineSource } from './line-source.js';
import { timedOut } from './transfer.js';

const EAGAIN = errnoNumber('EAGAIN');
const EINTR = errnoNumber('EINTR');
const STDIN = 0;
const STDERR = 2;

/** While a stopped terminal takes no prompt: the milliseconds between two checks for signals. */
const LOOK_MS = 50;

/** The file descriptors of a question. */
interface Terminal {
  input: number;
  output: number;
}

/** Asks on a terminal without echo. */
class Question {
  readonly #terminal: Terminal;
  readonly #deadline: Deadline;
  readonly #poller = new Poll();
  readonly #signalFd: number;

  constructor(terminal: Terminal, deadline: Deadline, signalFd: number) {
    this.#terminal = terminal;
    this.#deadline = deadline;
    this.#signalFd = signalFd;
    this.#poller.register(signalFd, POLLIN);
  }

  ask(prompt: string): string | null {
    return this.#write(Buffer.from(prompt)) ? this.#readLine() : null;
  }

  #write(bytes: Buffer): boolean {
    const { output } = this.#terminal;
    for (let written = 0; written < bytes.length; ) {
      if (this.#poller.poll(0).length > 0) return false;
      const { left } = this.#deadline;
      const wait = left < 0 ? LOOK_MS : Math.min(left, LOOK_MS);
      const result = native.writeWithin(output, bytes, written, wait);
      if (result !== -EAGAIN) written += check(result, 'write');
      else if (left === 0) throw timedOut('write');
    }
    return true;
  }

  #readLine(): string | null {
    const { input } = this.#terminal;
    const source = new LineSource();
    const chunk = Buffer.allocUnsafe(4096);
    this.#poller.register(input, POLLIN);
    for (;;) {
      const { left } = this.#deadline;
      const ready = this.#poller.poll(left < 0 ? null : Math.min(left, INT_MAX));
      if (ready.some(([fd]) => fd === this.#signalFd)) return null;
      const size = native.readWithin(input, chunk, 0);
      if (size === -EAGAIN) {
        if (ready.length === 0 && this.#deadline.left === 0) throw timedOut('read');
        continue;
      }
      if (check(size, 'read') > 0) source.add(chunk.subarray(0, size));
      const line = source.takeLine() ?? (size === 0 ? source.takeBeginning() : null);
      if (line !== null) return line.toString();
      if (size === 0) throw new EOFError();
    }
  }
}

/** Asks until there is an answer: a stopped process asks again when it continues. */
function askHidden(terminal: Terminal, prompt: string, deadline: Deadline): string {
  for (;;) {
    const signalFd = check(native.hideInput(terminal.input), 'tcsetattr');
    let line: string | null = null;
    let signal = 0;
    try {
      line = new Question(terminal, deadline, signalFd).ask(prompt);
    } finally {
      signal = native.showInput();
    }
    if (line !== null) {
      // The newline at the end of the answer was not echoed.
      writePrompt(terminal.output, '\n', deadline);
      return line;
    }
    // The program's own signal handler runs after this has returned.
    if (signal !== signalNumbers().SIGTSTP) throw interrupted(signal);
  }
}

function interrupted(number: number): OSError {
  const found = Object.entries(signalNumbers()).find(([, value]) => value === number);
  return Object.assign(new OSError(EINTR, 'read'), { signal: found?.[0] });
}

/**
 * Asks for a password on /dev/tty, without echo. Keys that were typed before the question are
 * dropped; a newline is written after the answer.
 *
 * The terminal is restored in every case: an answer, an error, a timeout, the end of a worker. It is
 * restored before a signal ends or stops the process; when a process that was stopped (Ctrl-Z)
 * continues, the echo is switched off again and the question repeated. A signal for which the
 * program has a handler ends the question with `EINTR`, so that the handler can run. Only SIGKILL,
 * SIGSTOP and a crash leave the echo off.
 *
 * If there is no /dev/tty, it reads from standard input and writes to standard error, with a warning
 * if standard input is not a terminal.
 *
 * Mirrors https://docs.python.org/3/library/getpass.html#getpass.getpass
 * @param prompt - default `'Password: '`
 * @param options - `timeout`: seconds for the whole call
 * @returns the password, without the newline
 * @throws EOFError at the end of the input (Ctrl-D)
 * @throws OSError `ETIMEDOUT`; `EINTR` with `signal`, the signal's name; `EBUSY` while another
 *   thread asks
 * @platform POSIX
 */
export function getpass(prompt = 'Password: ', options: TimeoutOptions = {}): string {
  checkPrompt(prompt);
  const deadline = new Deadline(options);
  const fd = openTerminal();
  if (fd >= 0) {
    try {
      return askHidden({ input: fd, output: fd }, prompt, deadline);
    } finally {
      native.close(fd);
    }
  }
  if (native.isatty(STDIN) === 1) {
    return askHidden({ input: STDIN, output: STDERR }, prompt, deadline);
  }
  writePrompt(STDERR, `Warning: Password input may be echoed.\n${prompt}`, deadline);
  return readLine(STDIN, standardInput, deadline);
}
