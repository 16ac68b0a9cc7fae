/// <reference types="node" preserve="true" />
/**
 * `fdselect/signal`: signals as a readable file descriptor.
 *
 * During a blocking call no JavaScript runs, so a signal handler cannot run either; a program that
 * blocks in `select()` or `poll()` watches a signal pipe instead. This is the pattern of Python's
 * `signal.set_wakeup_fd()`, "the self-pipe trick".
 */
import { isNode, loadRest, native, signalNumbers } from '../native/index.js';
import {
  check,
  closedError,
  INSPECT,
  oneLine,
  rangeError,
  shown,
  typeError,
  type View,
} from '../values/index.js';
import { closeAndWake } from '../waits/internal.js';

loadRest();

/** The names by number; made at the first use. */
let names: Map<number, NodeJS.Signals> | undefined;

function nameOf(number: number): NodeJS.Signals | undefined {
  names ??= new Map(
    Object.entries(signalNumbers()).map(([name, n]) => [n as number, name as NodeJS.Signals]),
  );
  return names.get(number);
}

/**
 * Receives signals for as long as it is open. Made by {@link signalPipe}.
 *
 * Mirrors https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd and sigaction(2).
 * @platform POSIX
 */
export class SignalPipe {
  #fd: number;
  readonly #signals: NodeJS.Signals[];
  /**
   * Bun and Deno restore a signal's default action with its last listener, over any handler. So each
   * pipe has a listener. Deno knows equal ones only once.
   */
  readonly #ignore = (): void => {};

  /**
   * @param signals - names such as `'SIGINT'`; at least one
   * @throws as {@link signalPipe}
   */
  constructor(...signals: NodeJS.Signals[]) {
    if (signals.length === 0) throw rangeError('signals', 'at least one name', signals);
    const numbers = signals.map(signalNumber);
    this.#signals = signals;
    this.#fd = check(native.openSignalPipe(numbers, isNode ? 1 : 0), 'sigaction');
    if (isNode) return;
    for (const signal of this.#kept()) process.on(signal, this.#ignore);
    // Over the handler that the runtime has installed for its listener.
    check(native.keepSignals(this.#fd), 'sigaction');
  }

  /**
   * The file descriptor that is readable while a signal is waiting. {@link read} reads it.
   * @returns the number
   * @throws Error `ERR_CLOSED` after it was closed
   */
  fileno(): number {
    if (this.#fd < 0) throw closedError('signal pipe');
    // libuv passes signals to all receivers. Other runtimes may have replaced the handler meanwhile.
    if (!isNode) check(native.keepSignals(this.#fd), 'sigaction');
    return this.#fd;
  }

  /**
   * The signals since the last call; never blocks.
   * @returns their names, in the order of their arrival; empty if there are none
   * @throws Error `ERR_CLOSED` after it was closed
   */
  read(): NodeJS.Signals[] {
    const fd = this.fileno();
    const numbers = new Uint8Array(256);
    const signals: NodeJS.Signals[] = [];
    for (;;) {
      const size = check(native.readSignals(fd, numbers), 'read');
      for (const number of numbers.subarray(0, size)) {
        const name = nameOf(number);
        if (name !== undefined) signals.push(name);
      }
      if (size < numbers.length) return signals;
    }
  }

  /**
   * Stops receiving: from then on a signal has its usual effect. Signals that were not read are
   * dropped; a promise that waits only for the pipe is rejected with `ERR_CLOSED`. Idempotent.
   * In Deno let the event loop turn between a signal and this call: see docs/runtimes.md.
   */
  close(): void {
    if (this.#fd < 0) return;
    const fd = this.#fd;
    this.#fd = -1;
    closeAndWake(fd, 'signal pipe', native.closeSignalPipe);
    if (!isNode) for (const signal of this.#kept()) process.off(signal, this.#ignore);
  }

  /** SIGPIPE has another action in a runtime, which must not be lost with the listener. */
  #kept(): NodeJS.Signals[] {
    return this.#signals.filter((signal) => signal !== 'SIGPIPE');
  }

  /** The same as {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** What console.log() shows, on one line. */
  toString(): string {
    return oneLine(this);
  }

  /** @internal */
  [INSPECT](...view: View): string {
    return shown('SignalPipe', { fd: this.#fd, signals: this.#signals }, view);
  }
}

/**
 * Turns signals into a readable file descriptor, for the whole process, until it is closed. While it
 * is open, the default action, such as the end of the process, does not happen. Other receivers
 * still get the signal: listeners of `process.on()`, added before or later; `node:child_process`,
 * which needs SIGCHLD; other signal pipes, also those of workers and of another copy of this
 * package.
 *
 * Mirrors https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd and sigaction(2).
 *
 * @returns the pipe, for `select`, `Poll` and the like
 * @example
 * const stop = signalPipe('SIGINT', 'SIGTERM');
 * select([stop, server], [], []);
 *
 * @param signals - names such as `'SIGINT'`; at least one. Several pipes may have the same signal.
 * @throws TypeError for a value that is not a string, RangeError for an unknown name
 * @throws OSError `EINVAL` for a signal that cannot be caught (SIGKILL, SIGSTOP) or whose handler
 *   must not return (SIGSEGV and the like)
 * @platform POSIX
 */
export function signalPipe(...signals: NodeJS.Signals[]): SignalPipe {
  return new SignalPipe(...signals);
}

function signalNumber(name: NodeJS.Signals): number {
  if (typeof name !== 'string') throw typeError('signal', 'a name such as SIGINT', name);
  const numbers = signalNumbers();
  const number = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
  if (number === undefined) throw rangeError('signal', 'the name of a signal', name);
  return number;
}
