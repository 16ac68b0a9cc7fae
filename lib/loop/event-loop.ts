/** `EventLoop`: waits for file descriptors, timers and calls, and runs their callbacks. */
import { now } from '../native/index.js';
import {
  closedError,
  type FileDescriptorLike,
  fileno,
  rangeError,
  showAs,
  toOptions,
  typeError,
} from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { bind, type Context, currentContext } from './context.js';
import { Lookups, type OnFound } from './lookup.js';
import { checkFunction, type EventLoopOptions, printError } from './options.js';
import { PeriodicCall } from './periodic-call.js';
import { Runner } from './runner.js';
import { SignalHandlers } from './signal-handlers.js';
import type { DelayedCall } from './timers.js';
import { Turns } from './turns.js';
import { LoopWait } from './wait.js';
import {
  CallbackWatch,
  type LoopEvent,
  OwnerWatch,
  type Watch,
  type WatchCallback,
  type WatchOwner,
} from './watch.js';

/**
 * Waits for file descriptors, timers and calls, and runs their callbacks.
 *
 * A turn is a wait, then the events of all that were ready, then the timers that are due, then the
 * calls that were pending when the turn began. Timers and calls that are added in a turn run in a
 * later one. If a callback throws, the error is passed to `onError`, and all others run.
 *
 * `run()` blocks the thread; `runAsync()` shares it with Node's own event loop. A callback may call
 * `runOnce()`; then the rest of the current turn runs in that call.
 *
 * Has the role of asyncio's event loop, https://docs.python.org/3/library/asyncio-eventloop.html, with
 * callbacks instead of coroutines.
 *
 * @example
 * const loop = new EventLoop();
 * loop.watch(process.stdin, 'r', () => loop.stop());
 * loop.callLater(10, () => loop.stop());
 * loop.run();
 * loop.close();
 * @platform POSIX
 */
export class EventLoop {
  readonly #onError: (error: unknown, where: string) => void;
  readonly #wait: LoopWait;
  readonly #turns: Turns;
  readonly #runner: Runner;
  readonly #signals = new SignalHandlers(this);
  #lookups: Lookups | null = null;
  /** The listeners, connections and pending connects. */
  readonly #resources = new Set<Disposable>();
  #isClosing = false;

  /**
   * @param options - see {@link EventLoopOptions}
   * @throws RangeError, TypeError for options out of range or of the wrong type; OSError if no fd is
   *   left, or for 'epoll' if the system has none
   */
  constructor(options: EventLoopOptions = {}) {
    const { selector, clock, onError } = toOptions(options);
    if (clock !== undefined) checkFunction('clock', clock);
    if (onError !== undefined) checkFunction('onError', onError);
    this.#onError = onError ?? printError;
    this.#wait = new LoopWait(selector);
    this.#turns = new Turns(this, this.#wait, clock ?? (() => now() / 1000));
    this.#runner = new Runner(this.#turns, this.#wait);
  }

  static {
    showAs(EventLoop.prototype, 'EventLoop', (loop) => ({ selector: loop.#wait.selector }));
  }

  /** @returns the current time in seconds on the loop's clock, which is monotonic */
  time(): number {
    return this.#turns.timers.now();
  }

  /**
   * Calls `callback` in every turn in which a file descriptor has an event, until the watch is
   * cancelled. Cancel it before the file descriptor is closed: otherwise select(2) and poll(2) report
   * EBADF to `onError` and cancel the watches, and epoll(7) reports nothing. If `fd` is an object, its
   * watches never get the events of another file that gets the same number later.
   *
   * A regular file is always readable and writable, with epoll(7) too: while it is watched, the loop
   * does not sleep.
   *
   * @param fd - a file descriptor, or an object that has one
   * @param event - 'r': readable; 'w': writable; 'x': exceptional, which is out-of-band data. An error
   *   or a hang-up is both readable and writable
   * @param callback - called with the event
   * @returns the watch, for cancelling it
   * @throws TypeError, RangeError for bad arguments; OSError `EBADF` if the fd is closed, or another one
   *   of epoll_ctl(2); Error `ERR_CLOSED` if the loop is closed
   */
  watch(fd: FileDescriptorLike, event: LoopEvent, callback: WatchCallback): Watch {
    return this.#watch(fd, event, callback, false);
  }

  /**
   * As {@link watch}, but only for one event: then the watch is cancelled.
   * @param fd - a file descriptor, or an object that has one
   * @param event - 'r', 'w' or 'x'
   * @param callback - called with the event, at most once
   * @returns the watch, for cancelling it
   * @throws as {@link watch}
   */
  once(fd: FileDescriptorLike, event: LoopEvent, callback: WatchCallback): Watch {
    return this.#watch(fd, event, callback, true);
  }

  /**
   * As {@link watch}, for an object that gets all its events by one method and changes its interest.
   * @param interest - bits of EVENT_READ, EVENT_WRITE and EVENT_EXCEPT
   * @throws as {@link watch}
   * @internal
   */
  watchOwner(owner: WatchOwner, interest: number): OwnerWatch {
    this.#runner.checkIsOpen();
    const watch = new OwnerWatch(owner, interest, this.#turns.number);
    this.#turns.watches.add(owner.fileno(), watch);
    return watch;
  }

  /**
   * Calls `callback` in the loop each time a signal arrives, instead of the signal's default action. A
   * second handler for the same signal replaces the first. A handler does not keep {@link run} running.
   *
   * Mirrors https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.add_signal_handler
   *
   * @param signal - such as 'SIGTERM'
   * @param args - arguments of the callback
   * @throws TypeError, RangeError for an unknown signal; OSError `EINVAL` for a signal that cannot be
   *   caught, such as 'SIGKILL', or `EMFILE` if no fd is left; Error `ERR_CLOSED` if the loop is closed
   */
  addSignalHandler<A extends unknown[]>(
    signal: NodeJS.Signals,
    callback: (...args: A) => void,
    ...args: A
  ): void {
    checkFunction('callback', callback);
    this.#runner.checkIsOpen();
    this.#signals.add(signal, bind(callback, args));
  }

  /**
   * Removes a signal's handler, and restores the former action of the signal.
   * @param signal - such as 'SIGTERM'; an unknown name has no handler
   * @returns whether there was a handler
   */
  removeSignalHandler(signal: NodeJS.Signals): boolean {
    return this.#signals.remove(signal);
  }

  /**
   * Calls `callback` before each wait.
   * @returns a function that removes the callback; idempotent
   * @throws TypeError if it is not a function; Error `ERR_CLOSED` if the loop is closed
   */
  onPrepare(callback: () => void): () => void {
    checkFunction('callback', callback);
    this.#runner.checkIsOpen();
    const entry = bind(callback, []);
    this.#turns.prepare.add(entry);
    return () => {
      this.#turns.prepare.delete(entry);
    };
  }

  /**
   * Calls `callback` once, in a later turn, after `seconds`. Calls with the same time are made in the
   * order in which they were added.
   *
   * @param seconds - from now; 0: in the next turn
   * @param args - arguments of the callback
   * @returns the call, for cancelling or moving it
   * @throws RangeError for a time that is negative or not finite; TypeError for another type; Error
   *   `ERR_CLOSED` if the loop is closed
   */
  callLater<A extends unknown[]>(
    seconds: number,
    callback: (...args: A) => void,
    ...args: A
  ): DelayedCall {
    checkFunction('callback', callback);
    this.#runner.checkIsOpen();
    return this.#turns.timers.add(seconds, bind(callback, args));
  }

  /**
   * Calls `callback` repeatedly, the n-th time after n times `seconds`, so that it does not drift.
   * Missed times are skipped.
   *
   * @param args - arguments of the callback
   * @returns the calls, for cancelling them
   * @throws RangeError for a time that is not positive and finite; TypeError for another type; Error
   *   `ERR_CLOSED` if the loop is closed
   */
  callEvery<A extends unknown[]>(
    seconds: number,
    callback: (...args: A) => void,
    ...args: A
  ): PeriodicCall {
    if (typeof seconds !== 'number') throw typeError('seconds', 'a number', seconds);
    if (!(seconds > 0 && seconds < Infinity)) {
      throw rangeError('seconds', 'a positive number', seconds);
    }
    checkFunction('callback', callback);
    this.#runner.checkIsOpen();
    return new PeriodicCall(this.#turns.timers, seconds, bind(callback, args));
  }

  /**
   * Keeps {@link run} and {@link runAsync} running although there is no work; only {@link stop} ends
   * them then.
   * @returns a function that undoes it; idempotent
   */
  hold(): () => void {
    const hold = {};
    this.#turns.holds.add(hold);
    return () => {
      if (this.#turns.holds.delete(hold)) this.#wait.interrupt();
    };
  }

  /**
   * Calls `callback` once, in the next turn, after those that were added before.
   * @param args - arguments of the callback
   * @throws TypeError if it is not a function; Error `ERR_CLOSED` if the loop is closed
   */
  callSoon<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    checkFunction('callback', callback);
    this.#runner.checkIsOpen();
    this.#turns.soon.add(bind(callback, args));
    this.#wait.interrupt();
  }

  /**
   * As {@link callSoon}, but also ends the current wait, or the next one. Functions cannot be passed to
   * other threads: these wake the loop by {@link wakeFd}.
   * @param callback - called once, in the next turn
   * @param args - arguments of the callback
   * @throws as {@link callSoon}
   */
  callFromThread<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    this.callSoon(callback, ...args);
    this.wake();
  }

  /**
   * Ends the current wait, or the next one.
   * @throws Error `ERR_CLOSED` if the loop is closed
   */
  wake(): void {
    this.#wait.waker.wake();
  }

  /**
   * The file descriptor of {@link wake}: another thread calls `Waker.fromfd(number).wake()`. It does not
   * keep the loop running.
   * @throws Error `ERR_CLOSED` if the loop is closed
   */
  get wakeFd(): number {
    return this.#wait.waker.fileno();
  }

  /**
   * Runs one turn. May be called within a callback.
   *
   * @param timeout - the longest wait in seconds; 0 and less: it does not wait; null, undefined and
   *   Infinity: no limit. There is no turn if there is neither a limit nor work, or after {@link stop}
   *   in the rest of a {@link run}
   * @throws TypeError, RangeError for a bad timeout; Error `ERR_CLOSED`, or `ERR_LOOP_RUNNING` while
   *   an asynchronous wait is pending
   */
  runOnce(timeout?: number | null): void {
    this.#runner.runOnce(timeout);
  }

  /**
   * As {@link runOnce}, but Node's own event loop runs during the wait. Not within a callback.
   * @param timeout - the longest wait in seconds, as in {@link runOnce}
   * @param options - `signal`: ends the wait when it is aborted
   * @returns a promise for the end of the turn; rejected with the errors of {@link runOnce}, with the
   *   signal's reason, or with `ERR_LOOP_RUNNING` while the loop runs
   */
  async runOnceAsync(timeout?: number | null, options?: WaitOptions): Promise<void> {
    await this.#runner.runOnceAsync(timeout, options);
  }

  /**
   * Runs turns until {@link stop} is called, or until no watch, timer or call is left. Blocks the
   * thread: Node's own timers and promises do not run.
   *
   * @throws Error `ERR_LOOP_RUNNING` if it runs already, `ERR_CLOSED` if it is closed
   */
  run(): void {
    this.#runner.run();
  }

  /**
   * As {@link run}, but Node's own event loop runs during the waits.
   *
   * @param options - `signal`: ends the run when it is aborted
   * @returns a promise for the end; rejected with the signal's reason, with the errors of {@link run},
   *   or with an OSError such as `EMFILE` if no fd is left for the waiter
   */
  async runAsync(options?: WaitOptions): Promise<void> {
    await this.#runner.runAsync(options);
  }

  /**
   * Ends {@link run} or {@link runAsync} after the current turn, or at once during a wait. The loop can
   * run again. Does nothing if the loop does not run.
   */
  stop(): void {
    this.#runner.stop();
  }

  /**
   * Calls a method in the context in which it was registered; an error is passed to `onError`. Only one
   * argument, because an array per message would take time.
   * @internal
   */
  invoke<This, A = undefined>(
    where: string,
    context: Context,
    method: (this: This, argument: A) => void,
    self: This,
    argument?: A,
  ): void {
    try {
      context.runInAsyncScope(method as (this: This, ...args: unknown[]) => void, self, argument);
    } catch (error) {
      this.report(error, where);
    }
  }

  /**
   * Calls a function as the loop calls its callbacks: an error is passed to `onError`.
   * @param where - the second argument of `onError`
   * @param callback - called at once
   */
  guard(where: string, callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.report(error, where);
    }
  }

  /**
   * Closes the listeners, aborts the connections (`lost` is called at once), cancels all watches and
   * calls, and closes the loop's fds. A running loop stops. Idempotent. Afterwards, methods that start
   * something throw `ERR_CLOSED`. A selector that was passed to the loop stays open.
   */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    for (const resource of this.#resources) {
      this.guard('close', () => resource[Symbol.dispose]());
    }
    this.#resources.clear();
    this.#signals.clear();
    this.#lookups?.close();
    this.#runner.close();
  }

  /**
   * Makes {@link close} dispose of a resource, until {@link disown}; for frameworks.
   * @param resource - counted in {@link resources}
   * @throws Error `ERR_CLOSED` if the loop is closed, also while it is being closed
   */
  own(resource: Disposable): void {
    if (this.#isClosing) throw closedError('event loop');
    this.#resources.add(resource);
  }

  /** Undoes {@link own} of `resource`. Idempotent. */
  disown(resource: Disposable): void {
    this.#resources.delete(resource);
  }

  /** Whether {@link close} was called. @internal */
  get isClosed(): boolean {
    return this.#isClosing;
  }

  /** Looks a host up without blocking; as {@link Lookups.start}. @internal */
  lookUp(host: string, family: number, onFound: OnFound): () => void {
    this.#lookups ??= new Lookups(this);
    return this.#lookups.start(host, family, onFound);
  }

  /** How many listeners, connections and pending connects there are. */
  get resources(): number {
    return this.#resources.size;
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #watch(
    fd: FileDescriptorLike,
    event: LoopEvent,
    callback: WatchCallback,
    isOnce: boolean,
  ): Watch {
    const number = fileno(fd);
    if (event !== 'r' && event !== 'w' && event !== 'x') {
      throw rangeError('event', "'r', 'w' or 'x'", event);
    }
    checkFunction('callback', callback);
    this.#runner.checkIsOpen();
    const watch = new CallbackWatch(
      fd,
      event,
      callback,
      isOnce,
      this.#turns.number,
      currentContext(),
    );
    this.#turns.watches.add(number, watch);
    return watch;
  }

  /** Passes an error of a callback to `onError`. @internal */
  report(error: unknown, where: string): void {
    try {
      this.#onError(error, where);
    } catch (another) {
      printError(another, 'onError');
    }
  }
}
