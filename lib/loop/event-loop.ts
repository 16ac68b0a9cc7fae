/** `EventLoop`: waits for file descriptors, timers and calls, and runs their callbacks. */
import { now, setImmediate } from '../native/index.js';
import type { BaseSelector, Ready } from '../selectors/index.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { EVENT_EXCEPT } from '../selectors/internal.js';
import {
  closedError,
  type FileDescriptorLike,
  fileno,
  rangeError,
  typeError,
} from '../values/index.js';
import { type WaitOptions, Waker } from '../waits/index.js';
import { openWaiter, reasonOf, signalOf } from '../waits/internal.js';
import { bind, type Context, currentContext } from './context.js';
import { Descriptor } from './descriptor.js';
import { Lookups, type OnFound } from './lookup.js';
import {
  checkFunction,
  type EventLoopOptions,
  LONGEST_WAIT,
  loopIsRunning,
  printError,
  waitLimit,
} from './options.js';
import { PeriodicCall } from './periodic-call.js';
import { isOpen, openSelector } from './selectors.js';
import { SignalHandlers } from './signal-handlers.js';
import { type DelayedCall, Timers } from './timers.js';
import {
  CallbackWatch,
  type LoopEvent,
  OwnerWatch,
  type Watch,
  type WatchCallback,
  type WatchOwner,
} from './watch.js';
import { Watches } from './watches.js';

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
 * @example
 * const loop = new EventLoop();
 * loop.watch(process.stdin, 'r', () => loop.stop());
 * loop.callLater(10, () => loop.stop());
 * loop.run();
 * loop.close();
 * @platform POSIX
 */
export class EventLoop {
  readonly #selector: BaseSelector<unknown>;
  readonly #ownsSelector: boolean;
  readonly #onError: (error: unknown, where: string) => void;
  readonly #timers: Timers;
  readonly #waker: Waker;
  readonly #watches: Watches;
  readonly #prepare = new Set<() => void>();
  readonly #signals = new SignalHandlers(this);
  #lookups: Lookups | null = null;
  readonly #resources = new Set<Disposable>();
  readonly #holds = new Set<object>();
  /** The pending calls in order; a Set removes its first element quickly. */
  readonly #soon = new Set<() => void>();
  #turn = 0;
  #isRunning = false;
  /** An asynchronous wait is going on: what is done meanwhile is done from outside of the loop. */
  #isWaiting = false;
  #isStopping = false;
  #isClosing = false;
  #isClosed = false;

  /**
   * @throws RangeError, TypeError for options out of range or of the wrong type; OSError if no fd is
   *   left, or for 'epoll' if the system has none
   */
  constructor({ selector, clock, onError }: EventLoopOptions = {}) {
    if (clock !== undefined) checkFunction('clock', clock);
    if (onError !== undefined) checkFunction('onError', onError);
    this.#onError = onError ?? printError;
    this.#timers = new Timers(clock ?? (() => now() / 1000), () => this.#interrupt());
    this.#selector = openSelector(selector);
    this.#ownsSelector = this.#selector !== selector;
    this.#watches = new Watches(
      this.#selector,
      () => this.#interrupt(),
      (error) => this.report(error, 'watch'),
    );
    try {
      this.#waker = new Waker();
    } catch (error) {
      if (this.#ownsSelector) this.#selector.close();
      throw error;
    }
    try {
      this.#selector.register(this.#waker, EVENT_READ, this.#waker);
    } catch (error) {
      this.#waker.close();
      if (this.#ownsSelector) this.#selector.close();
      throw error;
    }
  }

  /** The current time in seconds on the loop's clock. */
  time(): number {
    return this.#timers.now();
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
   * @throws TypeError, RangeError for bad arguments; OSError such as `EBADF`; Error
   *   `ERR_CLOSED`
   */
  watch(fd: FileDescriptorLike, event: LoopEvent, callback: WatchCallback): Watch {
    return this.#watch(fd, event, callback, false);
  }

  /** As {@link watch}, but only for one event: then the watch is cancelled. */
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
    this.#checkIsOpen();
    const watch = new OwnerWatch(owner, interest, this.#turn);
    this.#watches.add(owner.fileno(), watch);
    return watch;
  }

  /**
   * Calls `callback` in the loop each time a signal arrives, instead of the signal's default action. A
   * second handler for the same signal replaces the first. A handler does not keep {@link run} running.
   *
   * Mirrors asyncio's `loop.add_signal_handler`.
   *
   * @param signal - such as 'SIGTERM'
   * @param args - arguments of the callback
   * @throws TypeError, RangeError for an unknown signal; OSError if no fd is left; Error `ERR_CLOSED`
   */
  addSignalHandler<A extends unknown[]>(
    signal: NodeJS.Signals,
    callback: (...args: A) => void,
    ...args: A
  ): void {
    checkFunction('callback', callback);
    this.#checkIsOpen();
    this.#signals.add(signal, bind(callback, args));
  }

  /**
   * Removes a signal's handler, and restores the former action of the signal.
   * @returns whether there was a handler
   */
  removeSignalHandler(signal: NodeJS.Signals): boolean {
    return this.#signals.remove(signal);
  }

  /**
   * Calls `callback` before each wait.
   * @returns a function that removes the callback; idempotent
   * @throws TypeError if it is not a function; Error `ERR_CLOSED`
   */
  onPrepare(callback: () => void): () => void {
    checkFunction('callback', callback);
    this.#checkIsOpen();
    const entry = bind(callback, []);
    this.#prepare.add(entry);
    return () => {
      this.#prepare.delete(entry);
    };
  }

  /**
   * Calls `callback` once, in a later turn, after `seconds`. Calls with the same time are made in the
   * order in which they were added.
   *
   * @param seconds - from now; 0: in the next turn
   * @param args - arguments of the callback
   * @throws RangeError for a time that is negative or not finite; TypeError; Error `ERR_CLOSED`
   */
  callLater<A extends unknown[]>(
    seconds: number,
    callback: (...args: A) => void,
    ...args: A
  ): DelayedCall {
    checkFunction('callback', callback);
    this.#checkIsOpen();
    return this.#timers.add(seconds, bind(callback, args));
  }

  /**
   * Calls `callback` repeatedly, the n-th time after n times `seconds`, so that it does not drift.
   * Missed times are skipped.
   *
   * @param args - arguments of the callback
   * @throws RangeError for a time that is not positive and finite; TypeError; Error `ERR_CLOSED`
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
    this.#checkIsOpen();
    return new PeriodicCall(this.#timers, seconds, bind(callback, args));
  }

  /**
   * Keeps {@link run} and {@link runAsync} running although there is no work; only {@link stop} ends
   * them then.
   * @returns a function that undoes it
   */
  hold(): () => void {
    const hold = {};
    this.#holds.add(hold);
    return () => {
      if (this.#holds.delete(hold)) this.#interrupt();
    };
  }

  /**
   * Calls `callback` once, in the next turn, after those that were added before.
   * @param args - arguments of the callback
   * @throws TypeError if it is not a function; Error `ERR_CLOSED`
   */
  callSoon<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    checkFunction('callback', callback);
    this.#checkIsOpen();
    this.#soon.add(bind(callback, args));
    this.#interrupt();
  }

  /**
   * As {@link callSoon}, but also ends the current wait, or the next one. Functions cannot be passed to
   * other threads: these wake the loop by {@link wakeFd}.
   */
  callFromThread<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    this.callSoon(callback, ...args);
    this.wake();
  }

  /**
   * Ends the current wait, or the next one.
   * @throws Error `ERR_CLOSED`
   */
  wake(): void {
    this.#waker.wake();
  }

  /**
   * The file descriptor of {@link wake}: another thread calls `Waker.fromfd(number).wake()`. It does not
   * keep the loop running.
   * @throws Error `ERR_CLOSED`
   */
  get wakeFd(): number {
    return this.#waker.fileno();
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
    const limit = waitLimit(timeout);
    this.#checkIsOpen();
    if (this.#isWaiting) throw loopIsRunning();
    this.#takeTurn(limit);
  }

  /**
   * As {@link runOnce}, but Node's own event loop runs during the wait. Not within a callback.
   * @returns a promise for the end of the turn; rejected with the errors of {@link runOnce}, with the
   *   signal's reason, or with `ERR_LOOP_RUNNING` while the loop runs
   */
  async runOnceAsync(timeout?: number | null, options?: WaitOptions): Promise<void> {
    const signal = signalOf(options);
    stopIfAborted(signal);
    const limit = waitLimit(timeout);
    openWaiter();
    this.#start();
    try {
      let turns = 0;
      await this.#interruptedBy(signal, () => this.#takeTurns(limit, signal, () => turns++ === 0));
    } finally {
      this.#end();
    }
  }

  /**
   * Runs turns until {@link stop} is called, or until no watch, timer or call is left. Blocks the
   * thread: Node's own timers and promises do not run.
   *
   * @throws Error `ERR_LOOP_RUNNING`, `ERR_CLOSED`
   */
  run(): void {
    this.#start();
    try {
      while (this.#goesOn()) this.#takeTurn(null);
    } finally {
      this.#end();
    }
  }

  /**
   * As {@link run}, but Node's own event loop runs during the waits.
   *
   * @returns a promise for the end; rejected with the signal's reason, with the errors of {@link run},
   *   or with an OSError such as `EMFILE` if no fd is left for the waiter
   */
  async runAsync(options?: WaitOptions): Promise<void> {
    const signal = signalOf(options);
    stopIfAborted(signal);
    openWaiter(); // now, because later no fd may be left
    this.#start();
    try {
      await this.#interruptedBy(signal, () => this.#takeTurns(null, signal, () => this.#goesOn()));
    } finally {
      this.#end();
    }
  }

  /**
   * Ends {@link run} or {@link runAsync} after the current turn, or at once during a wait. The loop can
   * run again. Does nothing if the loop does not run.
   */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isStopping = true;
    this.#interrupt();
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
    this.#isClosed = true;
    this.#watches.clear();
    this.#timers.clear();
    this.#soon.clear();
    this.#prepare.clear();
    this.#holds.clear();
    if (this.#isWaiting) this.wake();
    else this.#release();
  }

  /**
   * Makes {@link close} dispose of a resource, until {@link disown}.
   * @throws Error `ERR_CLOSED`, also while the loop is being closed
   */
  own(resource: Disposable): void {
    if (this.#isClosing) throw closedError('event loop');
    this.#resources.add(resource);
  }

  /** Undoes {@link own}. Idempotent. */
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

  #checkIsOpen(): void {
    if (this.#isClosed) throw closedError('event loop');
  }

  #release(): void {
    const isRegistered = this.#selector.getMap()?.has(this.#waker) === true;
    if (isRegistered) this.#selector.unregister(this.#waker);
    if (this.#ownsSelector) this.#selector.close();
    this.#waker.close();
  }

  #start(): void {
    this.#checkIsOpen();
    if (this.#isRunning || this.#isWaiting) throw loopIsRunning();
    this.#isRunning = true;
    this.#isStopping = false;
  }

  #end(): void {
    this.#isRunning = false;
    this.#isStopping = false;
  }

  /** Ends a pending asynchronous wait, because something has changed that it does not know. */
  #interrupt(): void {
    if (this.#isWaiting) this.wake();
  }

  #goesOn(): boolean {
    return !this.#isStopping && this.#hasWork();
  }

  #hasWork(): boolean {
    const isHeld = this.#holds.size > 0 || this.#watches.areNeeded;
    return isHeld || this.#soon.size > 0 || this.#timers.hasCalls;
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
    this.#checkIsOpen();
    const watch = new CallbackWatch(fd, event, callback, isOnce, this.#turn, currentContext());
    this.#watches.add(number, watch);
    return watch;
  }

  /** @returns whether to wait */
  #beforeWait(limit: number | null): boolean {
    if (limit === null && !this.#hasWork()) return false;
    if (this.#prepare.size > 0) {
      for (const prepare of [...this.#prepare]) {
        if (this.#prepare.has(prepare)) this.guard('onPrepare', prepare);
      }
    }
    this.#watches.loseGone();
    if (this.#isStopping || this.#isClosed) return false;
    return limit !== null || this.#hasWork();
  }

  /** The longest wait in seconds; null: no limit. */
  #timeout(limit: number | null): number | null {
    if (this.#soon.size > 0 || this.#watches.alwaysReady.size > 0) return 0;
    const next = this.#timers.next();
    if (next === null) return limit;
    // A longer time takes more than one wait.
    const left = Math.min(Math.max(next - this.#timers.now(), 0), LONGEST_WAIT);
    return limit === null ? left : Math.min(left, limit);
  }

  #takeTurn(limit: number | null): void {
    if (!this.#beforeWait(limit)) return;
    let ready: Ready<unknown>[] = [];
    try {
      ready = this.#selector.select(this.#timeout(limit));
    } catch (error) {
      this.#watches.preen(error);
    }
    this.#tellAll(ready);
  }

  /**
   * Runs turns with asynchronous waits, until `goesOn` returns false. It uses callbacks of the
   * selector: promises between would take time.
   */
  #takeTurns(
    limit: number | null,
    signal: AbortSignal | undefined,
    goesOn: () => boolean,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let timeout: number | null = null;
      const begin = () => {
        if (!goesOn() || !this.#beforeWait(limit)) {
          resolve();
          return;
        }
        // An abort between two waits did not end a wait, so it is checked here.
        stopIfAborted(signal);
        timeout = this.#timeout(limit);
        this.#isWaiting = true;
        this.#startWait(timeout, onReady, onError);
      };
      const finish = (ready: Ready<unknown>[], error?: unknown) => {
        this.#isWaiting = false;
        if (this.#isClosed) this.#release();
        try {
          if (error !== undefined) this.#watches.preen(error);
          stopIfAborted(signal);
          this.#tellAll(ready);
          stopIfAborted(signal);
          // After a turn without a wait, Node's own event loop must run.
          if (timeout === 0) setImmediate(next);
          else begin();
        } catch (failure) {
          reject(failure);
        }
      };
      const next = () => {
        try {
          begin();
        } catch (failure) {
          reject(failure);
        }
      };
      const onReady = (ready: Ready<unknown>[]) => finish(ready);
      const onError = (error: unknown) => finish([], error);
      begin();
    });
  }

  #startWait(
    timeout: number | null,
    onReady: (ready: Ready<unknown>[]) => void,
    onError: (error: unknown) => void,
  ): void {
    // A selector of the program may override selectAsync().
    if (!this.#ownsSelector) {
      this.#selector.selectAsync(timeout).then(onReady, onError);
      return;
    }
    try {
      this.#selector.startSelect(timeout, undefined, onReady, onError);
    } catch (error) {
      setImmediate(() => onError(error));
    }
  }

  async #interruptedBy(signal: AbortSignal | undefined, run: () => Promise<void>): Promise<void> {
    const onAbort = () => this.#interrupt();
    signal?.addEventListener('abort', onAbort);
    try {
      await run();
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * The part of a turn after its wait. If a callback calls runOnce(), that runs everything, and the
   * events of this turn may be out of date: so this turn ends.
   */
  #tellAll(ready: Ready<unknown>[]): void {
    const turn = ++this.#turn;
    let calls = this.#soon.size;
    for (const [{ data }, events] of ready) {
      if (this.#turn !== turn) return;
      if (data instanceof Descriptor) this.#tell(data, events, turn);
      else if (data === this.#waker && !this.#isClosed) this.#waker.clear();
    }
    for (const descriptor of this.#watches.alwaysReady) {
      if (this.#turn !== turn) return;
      if (isOpen(descriptor.fd)) this.#tell(descriptor, EVENT_READ | EVENT_WRITE, turn);
      else this.#watches.lose(descriptor);
    }
    if (this.#turn !== turn) return;
    for (const call of this.#timers.takeDue()) {
      this.guard('callLater', () => call.fire());
      if (this.#turn !== turn) return;
    }
    for (const call of this.#soon) {
      if (calls-- === 0) return;
      this.#soon.delete(call);
      this.guard('callSoon', call);
      if (this.#turn !== turn) return;
    }
  }

  #tell(descriptor: Descriptor, events: number, turn: number): void {
    // Out-of-band data first: it must be read before other data.
    if ((events & EVENT_EXCEPT) !== 0) this.#tellOne(descriptor, EVENT_EXCEPT, turn);
    if ((events & EVENT_READ) !== 0) this.#tellOne(descriptor, EVENT_READ, turn);
    if ((events & EVENT_WRITE) !== 0) this.#tellOne(descriptor, EVENT_WRITE, turn);
  }

  #tellOne(descriptor: Descriptor, bit: number, turn: number): void {
    if (this.#turn !== turn) return;
    for (let watch = descriptor.first; watch !== null; watch = watch.next) {
      if ((watch.interest & bit) === 0 || watch.turn >= turn) continue;
      if (watch.isStale) {
        this.#watches.lose(descriptor);
        return;
      }
      try {
        watch.tell(bit);
      } catch (error) {
        this.report(error, 'watch');
      }
      if (this.#turn !== turn) return;
    }
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

/** As the signal's own `throwIfAborted`, which signals of polyfills may lack. */
function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw reasonOf(signal);
}
