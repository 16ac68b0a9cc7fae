/** The event loop: the only place of the package that waits again and again. */
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
 * calls that were there when the turn began. What a turn adds runs in the next one. A callback that
 * throws is reported to `onError`, and all others run.
 *
 * `run()` owns the thread; `runAsync()` shares it with Node's own event loop. A callback may take
 * turns of its own with `runOnce()`: what is left of the turn that has called it comes in those.
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
  /** In their order; a set takes the first one out as quickly as the last one. */
  readonly #soon = new Set<() => void>();
  #turn = 0;
  #isRunning = false;
  /** An asynchronous wait is going on: what is done meanwhile is done from outside of the loop. */
  #isWaiting = false;
  #isStopping = false;
  #isClosing = false;
  #isClosed = false;

  /**
   * @throws RangeError, TypeError for options out of range or of the wrong type; OSError where no fd is left, or for
   *   'epoll' if there is none
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

  /** Now, in seconds on the loop's clock. */
  time(): number {
    return this.#timers.now();
  }

  /**
   * Calls `callback` in every turn in which a file descriptor has an event, until the watch is
   * cancelled. It is to be cancelled before the file descriptor is closed: of a closed one, some
   * calls report EBADF to `onError` and cancel its watches, epoll(7) says nothing. Where `fd` is an
   * object, its watches never get the events of another file that has the same number later.
   *
   * A regular file is readable and writable at any time, with epoll(7) too: while it is watched the
   * loop does not sleep.
   *
   * @param fd - a file descriptor, or an object that has one
   * @param event - 'r' readable, 'w' writable, 'x' exceptional, which is out-of-band data; an error
   *   or a hang-up is both readable and writable
   * @param callback - is called with the event
   * @throws TypeError, RangeError for bad arguments; OSError such as `EBADF`; Error
   *   `ERR_CLOSED`
   */
  watch(fd: FileDescriptorLike, event: LoopEvent, callback: WatchCallback): Watch {
    return this.#watch(fd, event, callback, false);
  }

  /** As {@link watch}, but for one event only: then the watch is cancelled. */
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
   * Calls `callback` in the loop each time a signal comes, instead of what the signal does by
   * itself. A second handler for the same signal replaces the first. A handler alone does not keep
   * {@link run} from returning.
   *
   * Mirrors asyncio's `loop.add_signal_handler`.
   *
   * @param signal - such as 'SIGTERM'
   * @param args - for the callback
   * @throws TypeError, RangeError for an unknown signal; OSError where no fd is left; Error
   *   `ERR_CLOSED`
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
   * Removes a signal's handler: the signal does again what it did before.
   * @returns whether it had one
   */
  removeSignalHandler(signal: NodeJS.Signals): boolean {
    return this.#signals.remove(signal);
  }

  /**
   * Calls `callback` before each wait.
   * @returns its own undo; idempotent
   * @throws TypeError where it is no function; Error `ERR_CLOSED`
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
   * Calls `callback` once, in a later turn, when `seconds` are over. Calls with the same time are
   * made in the order in which they were asked for.
   *
   * @param seconds - from now on; 0: in the next turn
   * @param args - for the callback
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
   * Calls `callback` again and again, the n-th time when n times `seconds` are over, so that it does
   * not drift. Times that were missed are left out.
   *
   * @param args - for the callback
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
   * Keeps {@link run} and {@link runAsync} from returning for want of work: nothing but {@link stop}
   * ends them then.
   * @returns its own undo
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
   * @param args - for the callback
   * @throws TypeError where it is no function; Error `ERR_CLOSED`
   */
  callSoon<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    checkFunction('callback', callback);
    this.#checkIsOpen();
    this.#soon.add(bind(callback, args));
    this.#interrupt();
  }

  /**
   * As {@link callSoon}, but also ends the wait that is going on, or the next one. Functions do not
   * cross to other threads: those wake the loop through {@link wakeFd}.
   */
  callFromThread<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    this.callSoon(callback, ...args);
    this.wake();
  }

  /**
   * Ends the wait that is going on, or the next one.
   * @throws Error `ERR_CLOSED`
   */
  wake(): void {
    this.#waker.wake();
  }

  /**
   * What {@link wake} uses: for another thread, `Waker.fromfd(number).wake()`. A loop without any
   * watch, timer or call does not wait for it: it ends.
   * @throws Error `ERR_CLOSED`
   */
  get wakeFd(): number {
    return this.#waker.fileno();
  }

  /**
   * Runs one turn. Also within a callback.
   *
   * @param timeout - seconds that the wait may last at the most; 0 and less: it does not wait; null,
   *   undefined and Infinity: no limit. With nothing to wait for and no limit there is no turn, nor
   *   after {@link stop} in what is left of a {@link run}.
   * @throws TypeError, RangeError for a bad timeout; Error `ERR_CLOSED`, or
   *   `ERR_LOOP_RUNNING` while an asynchronous wait is going on
   */
  runOnce(timeout?: number | null): void {
    const limit = waitLimit(timeout);
    this.#checkIsOpen();
    if (this.#isWaiting) throw loopIsRunning();
    this.#takeTurn(limit);
  }

  /**
   * As {@link runOnce}, but lets Node's own event loop go on while it waits. Not within a callback.
   * @returns a promise of the end of the turn; rejected with what {@link runOnce} throws, with the
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
   * thread: Node's own timers and promises wait.
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
   * As {@link run}, but lets Node's own event loop go on.
   *
   * @returns a promise of the end; rejected with the signal's reason, with what {@link run} throws,
   *   or with an OSError such as `EMFILE` if there is no fd left to wait with
   */
  async runAsync(options?: WaitOptions): Promise<void> {
    const signal = signalOf(options);
    stopIfAborted(signal);
    openWaiter(); // before others take the last fd
    this.#start();
    try {
      await this.#interruptedBy(signal, () => this.#takeTurns(null, signal, () => this.#goesOn()));
    } finally {
      this.#end();
    }
  }

  /**
   * Ends {@link run} or {@link runAsync} after the turn that is going on; where they wait, at once.
   * The loop can run again. Nothing where it does not run.
   */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isStopping = true;
    this.#interrupt();
  }

  /**
   * Calls a method in the context in which it was registered; what it throws is reported. One
   * argument, as an array for each message would cost.
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
   * Calls a function as the loop calls its callbacks: what it throws is reported to `onError`.
   * @param where - what is reported with it
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
   * calls, and frees what the loop holds; where it runs, it stops. Idempotent. Afterwards all that
   * would begin something throws `ERR_CLOSED`; a selector that was given to the loop stays open.
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
   * Has {@link close} dispose of what is bound to this loop, unless it was disowned before.
   * @throws Error `ERR_CLOSED`, also while the loop is being closed
   */
  own(resource: Disposable): void {
    if (this.#isClosing) throw closedError('event loop');
    this.#resources.add(resource);
  }

  /** Undoes {@link own}; nothing if there is nothing to undo. */
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

  /** How many listeners, connections, and attempts to connect there are that are not over. */
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

  /** Something was changed that the asynchronous wait which is going on does not know of. */
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

  /** @returns whether there is to be a wait */
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

  /** How long the wait may last, in seconds; null for no limit. */
  #timeout(limit: number | null): number | null {
    if (this.#soon.size > 0 || this.#watches.alwaysReady.size > 0) return 0;
    const next = this.#timers.next();
    if (next === null) return limit;
    // A longer wait is more than one.
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
   * Takes turns that do not block, until `goesOn` says no. The selector calls back without a promise
   * in between.
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
        // Between two waits an abort wakes nothing.
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
          // A turn without a wait has not let Node's own event loop go on.
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
    // A selector of the user may have a selectAsync() of its own.
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
   * What is left of a turn once the wait is over. Where a callback has taken a turn of its own, that
   * has run everything, and what was ready before it may be ready no more.
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
    // Most often there is one event. Out-of-band data comes first: it must be read before the rest.
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

  /** Tells `onError` what a callback has thrown. @internal */
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
