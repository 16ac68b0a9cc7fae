/**
 * `fdselect/signal`: signals as a readable file descriptor.
 *
 * JavaScript cannot run in the middle of a blocking call, and so neither can a signal handler; a
 * program that blocks in `select()` or `poll()` watches a signal pipe instead. The pattern is that
 * of Python's `signal.set_wakeup_fd()` and of "the self-pipe trick".
 */
import { constants } from 'node:os';
import { native } from '../native/index.js';
import { check, closedError, rangeError, typeError } from '../values/index.js';

const nameOf = new Map(
  Object.entries(constants.signals).map(([name, number]) => [number, name as NodeJS.Signals]),
);

/** Receives signals for as long as it is open. Made by {@link signalPipe}. */
export class SignalPipe {
  #fd: number;

  /** @param signals - names such as `'SIGINT'`; at least one */
  constructor(...signals: NodeJS.Signals[]) {
    if (signals.length === 0) throw rangeError('signals', 'at least one name', signals);
    this.#fd = check(native.openSignalPipe(signals.map(signalNumber)), 'sigaction');
  }

  /**
   * The file descriptor that is readable while a signal is waiting; it is non-blocking.
   * @throws Error `ERR_CLOSED`
   */
  fileno(): number {
    if (this.#fd < 0) throw closedError('signal pipe');
    return this.#fd;
  }

  /**
   * The signals that have come since the last call, in their order; never blocks.
   * @throws Error `ERR_CLOSED`
   */
  read(): NodeJS.Signals[] {
    const fd = this.fileno();
    const numbers = new Uint8Array(256);
    const signals: NodeJS.Signals[] = [];
    for (;;) {
      const size = native.read(fd, numbers);
      if (size === -constants.errno.EAGAIN) return signals;
      check(size, 'read');
      for (const number of numbers.subarray(0, size)) {
        const name = nameOf.get(number);
        if (name !== undefined) signals.push(name);
      }
      if (size < numbers.length) return signals;
    }
  }

  /**
   * Gives each signal the disposition back that it had before, unless another pipe still wants it
   * or somebody has set another one since. Signals that have not been read are dropped.
   * Idempotent.
   */
  close(): void {
    if (this.#fd < 0) return;
    native.closeSignalPipe(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Turns signals into a readable file descriptor, process-wide, until it is closed. While it is
 * open, the default action and `process.on()` listeners that were there before do not see them.
 *
 * @example
 * const stop = signalPipe('SIGINT', 'SIGTERM');
 * select([stop, server], [], []);
 *
 * @param signals - names such as `'SIGINT'`; at least one. Several pipes may want the same.
 * @throws TypeError for what is no string, RangeError for an unknown name
 * @throws OSError `EINVAL` for a signal that cannot be caught (SIGKILL, SIGSTOP) or whose handler
 *   must not return (SIGSEGV and the like)
 * @platform POSIX
 */
export function signalPipe(...signals: NodeJS.Signals[]): SignalPipe {
  return new SignalPipe(...signals);
}

function signalNumber(name: NodeJS.Signals): number {
  if (typeof name !== 'string') throw typeError('signal', 'a name such as SIGINT', name);
  const number = Object.hasOwn(constants.signals, name) ? constants.signals[name] : undefined;
  if (number === undefined) throw rangeError('signal', 'the name of a signal', name);
  return number;
}
