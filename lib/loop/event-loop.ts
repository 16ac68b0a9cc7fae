/** The event loop: the only place of the package that waits again and again. */
import { inspect } from 'node:util';
import { OSError, rangeError, typeError } from '../errors.js';
import { type FileDescriptorLike, fileno } from '../fileno.js';
import { getBlocking } from '../os.js';
import type { BaseSelector, Ready } from '../selectors/base.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/key.js';
import { throwIfAborted, type WaitOptions } from '../waiter.js';
import { Waker } from '../waker.js';
import { PeriodicCall } from './periodic-call.js';
import { openSelector, type SelectorName } from './selectors.js';
import { type DelayedCall, Timers } from './timers.js';
import { Descriptor, type LoopEvent, type Watch, type WatchCallback } from './watch.js';

export interface EventLoopOptions {
  /** The call to wait with, or a selector that stays the caller's; default: the best one. */
  selector?: SelectorName | BaseSelector<unknown> | undefined;
  /** Seconds, monotonic; default: `performance.now()`. */
  clock?: (() => number) | undefined;
  /**
   * Is told what a callback has thrown, and which kind of callback it was; default: prints it to
   * stderr. Should it throw itself, that is printed.
   */
  onError?: ((error: unknown, where: string) => void) | undefined;
}

/**
 * Waits until something happens and tells whoever waits for it: file descriptors, timers, calls.
 *
 * A turn is a wait, then the events of all that were ready, then the timers that are due, then the
 * calls that were there when the turn began. What a turn adds is told in the next one. A callback
 * that throws is reported to `onError` and keeps nobody else from being told.
 *
 * `run()` owns the thread; `runAsync()` shares it with Node's own event loop.
 * @platform POSIX
 */
export class EventLoop {
  readonly #selector: BaseSelector<unknown>;
  readonly #ownsSelector: boolean;
  readonly #onError: (error: unknown, where: string) => void;
  readonly #timers: Timers;
  readonly #waker: Waker;
  readonly #descriptors = new Map<number, Descriptor>();
  /** Those of them for which alone the loop does not run. */
  readonly #unneeded = new Set<Descriptor>();
  readonly #alwaysReady = new Set<Descriptor>();
  readonly #prepare = new Set<() => void>();
  readonly #resources = new Set<Disposable>();
  readonly #holds = new Set<object>();
  #soon: (() => void)[] = [];
  #turn = 0;
  #isRunning = false;
  /** `runAsync` waits: what is done meanwhile is done from outside of the loop. */
  #isWaiting = false;
  #isClosed = false;
  #isStopping = false;

  /** @throws RangeError, TypeError for options that are none; OSError where no fd is left */
  constructor({ selector, clock, onError }: EventLoopOptions = {}) {
    this.#onError = onError ?? printError;
    this.#timers = new Timers(clock ?? (() => performance.now() / 1000), () => this.#interrupt());
    this.#waker = new Waker();
    try {
      this.#selector = openSelector(selector);
      this.#ownsSelector = this.#selector !== selector;
      this.#selector.register(this.#waker, EVENT_READ, this.#waker);
    } catch (error) {
      this.#waker.close();
      throw error;
    }
  }

  /** Now, in seconds on the loop's clock. */
  time(): number {
    return this.#timers.now();
  }

  /**
   * Calls `callback` in every turn in which a file descriptor has an event, until the watch is
   * cancelled; to be cancelled before the file descriptor is closed.
   *
   * @param event - 'r' readable, 'w' writable, 'x' exceptional; an error or a hang-up is both
   *   readable and writable
   * @throws TypeError, RangeError for arguments that are none; OSError such as `EBADF`
   */
  watch(fd: FileDescriptorLike, event: LoopEvent, callback: WatchCallback): Watch {
    return this.#watch(fd, event, callback, false);
  }

  /** As {@link watch}, but for one event only. */
  once(fd: FileDescriptorLike, event: LoopEvent, callback: WatchCallback): Watch {
    return this.#watch(fd, event, callback, true);
  }

  /**
   * Calls `callback` before each wait.
   * @returns its own undo
   */
  onPrepare(callback: () => void): () => void {
    const entry = () => callback();
    this.#prepare.add(entry);
    return () => this.#prepare.delete(entry);
  }

  /**
   * Calls `callback` once, in a later turn, when `seconds` are over.
   * @throws RangeError for a time that is negative or not finite
   */
  callLater<A extends unknown[]>(
    seconds: number,
    callback: (...args: A) => void,
    ...args: A
  ): DelayedCall {
    checkCallback(callback);
    return this.#timers.add(seconds, () => callback(...args));
  }

  /**
   * Calls `callback` again and again, the n-th time when n times `seconds` are over, so that it does
   * not drift. Times that were missed are left out.
   * @throws RangeError for a time that is not positive and finite
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
    checkCallback(callback);
    return new PeriodicCall(this, seconds, () => callback(...args));
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

  /** Calls `callback` once, in the next turn, after those that were added before. */
  callSoon<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    checkCallback(callback);
    this.#soon.push(() => callback(...args));
    this.#interrupt();
  }

  /** As {@link callSoon}, but also ends the wait that is going on. */
  callFromThread<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    this.callSoon(callback, ...args);
    this.wake();
  }

  /** Ends the wait that is going on, or the next one. */
  wake(): void {
    this.#waker.wake();
  }

  /** What {@link wake} uses: for another thread, `Waker.fromfd(number).wake()`. */
  get wakeFd(): number {
    return this.#waker.fileno();
  }

  /**
   * Runs one turn.
   * @param timeout - seconds that the wait may last at the most; null and undefined: no limit. With
   *   nothing to wait for and no limit there is no turn.
   */
  runOnce(timeout?: number | null): void {
    if ((timeout ?? null) === null && !this.#hasWork()) return;
    this.#beforeWait();
    this.#run(this.#preening(() => this.#selector.select(this.#timeout(timeout))));
  }

  /**
   * As {@link runOnce}, but lets Node's own event loop go on while it waits.
   * @returns a promise for the end of the turn; rejected with the signal's reason
   */
  async runOnceAsync(timeout?: number | null, { signal }: WaitOptions = {}): Promise<void> {
    throwIfAborted({ signal });
    if ((timeout ?? null) === null && !this.#hasWork()) return;
    const onAbort = () => this.wake();
    signal?.addEventListener('abort', onAbort);
    try {
      await this.#turnAsync(timeout, signal);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Runs turns until {@link stop} is called, or until no watch, timer or call is left. Blocks the
   * thread: Node's own timers and promises wait.
   *
   * @throws Error `ERR_LOOP_RUNNING`
   */
  run(): void {
    this.#start();
    try {
      while (!this.#isStopping && this.#hasWork()) this.runOnce();
    } finally {
      this.#end();
    }
  }

  /**
   * As {@link run}, but lets Node's own event loop go on.
   *
   * @returns a promise for the end; rejected with the signal's reason, or with `ERR_LOOP_RUNNING`
   */
  async runAsync({ signal }: WaitOptions = {}): Promise<void> {
    throwIfAborted({ signal });
    this.#start();
    const onAbort = () => this.wake();
    signal?.addEventListener('abort', onAbort);
    try {
      while (!this.#isStopping && this.#hasWork()) await this.#turnAsync(null, signal);
    } finally {
      this.#end();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Ends {@link run} or {@link runAsync} after the turn that is going on; where they wait, at once.
   * The loop can run again. Nothing where it does not run.
   */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isStopping = true;
    this.wake();
  }

  /**
   * Calls a function as the loop calls its callbacks: what it throws is reported to `onError`.
   * @param where - what is reported with it
   */
  guard(where: string, callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#report(error, where);
    }
  }

  /**
   * Closes the listeners, aborts the connections, cancels all watches and frees what the loop holds;
   * where it runs, it stops, as {@link stop} does. Idempotent.
   */
  close(): void {
    for (const resource of [...this.#resources]) {
      this.guard('close', () => resource[Symbol.dispose]());
    }
    for (const descriptor of [...this.#descriptors.values()]) descriptor.drop();
    this.#isClosed = true;
    if (this.#isRunning) this.stop();
    else this.#release();
  }

  /** Has {@link close} dispose of what is bound to this loop, unless it was disowned before. */
  own(resource: Disposable): void {
    this.#resources.add(resource);
  }

  disown(resource: Disposable): void {
    this.#resources.delete(resource);
  }

  /** How many listeners, connections, and attempts to connect there are that are not over. */
  get resources(): number {
    return this.#resources.size;
  }

  #release(): void {
    if (this.#selector.getMap()?.has(this.#waker) === true) this.#selector.unregister(this.#waker);
    if (this.#ownsSelector) this.#selector.close();
    this.#waker.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #start(): void {
    if (this.#isRunning) {
      throw Object.assign(new Error('the loop is running already'), { code: 'ERR_LOOP_RUNNING' });
    }
    this.#isRunning = true;
    this.#isStopping = false;
  }

  #end(): void {
    this.#isRunning = false;
    if (this.#isClosed) this.#release();
  }

  /** Something was changed that the wait which is going on does not know of. */
  #interrupt(): void {
    if (this.#isWaiting) this.wake();
  }

  #hasWork(): boolean {
    const isHeld = this.#holds.size > 0 || this.#descriptors.size > this.#unneeded.size;
    return isHeld || this.#soon.length > 0 || this.#timers.hasCalls;
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
    checkCallback(callback);
    let descriptor = this.#descriptors.get(number);
    if (descriptor === undefined) {
      descriptor = new Descriptor(number, this.#apply);
      this.#descriptors.set(number, descriptor);
    }
    try {
      return descriptor.add(event, callback, isOnce, this.#turn);
    } catch (error) {
      descriptor.drop();
      throw error;
    }
  }

  /** Tells the selector what has changed. At once: afterwards the fd may be closed. */
  readonly #apply = (descriptor: Descriptor): void => {
    const { fd, interest, registered } = descriptor;
    if (interest === 0) {
      this.#descriptors.delete(fd);
      this.#interrupt(); // perhaps nothing is left to wait for
    }
    this.#count(descriptor);
    if (interest === registered || descriptor.isAlwaysReady) {
      if (interest === 0) this.#alwaysReady.delete(descriptor);
      return;
    }
    descriptor.registered = interest;
    if (interest === 0) this.#selector.unregister(fd);
    else if (registered === 0) this.#register(descriptor);
    else this.#modify(descriptor);
  };

  #count(descriptor: Descriptor): void {
    if (descriptor.interest === 0 || descriptor.keepsLoop) {
      this.#unneeded.delete(descriptor);
    } else if (!this.#unneeded.has(descriptor)) {
      this.#unneeded.add(descriptor);
      this.#interrupt();
    }
  }

  #modify(descriptor: Descriptor): void {
    try {
      this.#selector.modify(descriptor.fd, descriptor.registered, descriptor);
    } catch (error) {
      // Closed without being cancelled, and opened anew: the kernel does not know it, and the
      // selector has forgotten it.
      if (!(error instanceof OSError) || error.code !== 'ENOENT') throw error;
      this.#register(descriptor);
    }
  }

  #register(descriptor: Descriptor): void {
    try {
      this.#selector.register(descriptor.fd, descriptor.registered, descriptor);
    } catch (error) {
      descriptor.registered = 0;
      if (!(error instanceof OSError) || error.code !== 'EPERM') throw error;
      // epoll(7) takes no regular files: they are always ready.
      descriptor.isAlwaysReady = true;
      this.#alwaysReady.add(descriptor);
      this.#interrupt();
    }
  }

  #beforeWait(): void {
    for (const prepare of [...this.#prepare]) this.guard('onPrepare', prepare);
  }

  /** Seconds until something is to be done; null: nobody knows. */
  #timeout(limit: number | null = null): number | null {
    if (this.#soon.length > 0 || this.#alwaysReady.size > 0) return 0;
    const next = this.#timers.next();
    if (next === null) return limit;
    const left = Math.max(next - this.#timers.now(), 0);
    return limit === null ? left : Math.min(left, limit);
  }

  async #turnAsync(limit?: number | null, signal?: AbortSignal): Promise<void> {
    this.#beforeWait();
    const timeout = this.#timeout(limit);
    this.#isWaiting = true;
    let ready: Ready<unknown>[];
    try {
      ready = await this.#preeningAsync(() => this.#selector.selectAsync(timeout));
    } finally {
      this.#isWaiting = false;
    }
    signal?.throwIfAborted();
    this.#run(ready);
    signal?.throwIfAborted();
    // A turn without a wait has let nobody else in.
    if (timeout === 0) await new Promise((resolve) => setImmediate(resolve));
  }

  /** What is left of a turn once the wait is over. */
  #run(ready: Ready<unknown>[]): void {
    const turn = ++this.#turn;
    const soon = this.#soon;
    this.#soon = [];
    for (const [{ data }, events] of ready) {
      if (data instanceof Descriptor) this.#tell(data, events, turn);
      else if (data === this.#waker && !this.#isClosed) this.#waker.clear();
    }
    for (const descriptor of [...this.#alwaysReady]) {
      this.#tell(descriptor, EVENT_READ | EVENT_WRITE, turn);
    }
    for (const call of this.#timers.takeDue()) this.guard('callLater', () => call.fire());
    for (const call of soon) this.guard('callSoon', call);
  }

  #tell(descriptor: Descriptor, events: number, turn: number): void {
    for (const watch of descriptor.watching(events)) {
      if (watch.turn < turn) this.guard('watch', () => watch.tell());
    }
  }

  #report(error: unknown, where: string): void {
    try {
      this.#onError(error, where);
    } catch (another) {
      printError(another, 'onError');
    }
  }

  /** A closed fd makes every select() an EBADF: its watches go, and all others go on. */
  #preening(wait: () => Ready<unknown>[]): Ready<unknown>[] {
    try {
      return wait();
    } catch (error) {
      return this.#preen(error);
    }
  }

  async #preeningAsync(wait: () => Promise<Ready<unknown>[]>): Promise<Ready<unknown>[]> {
    try {
      return await wait();
    } catch (error) {
      return this.#preen(error);
    }
  }

  #preen(error: unknown): [] {
    if (!(error instanceof OSError) || error.code !== 'EBADF') throw error;
    const closed = [...this.#descriptors.values()].filter(({ fd }) => !isOpen(fd));
    if (closed.length === 0) throw error;
    for (const descriptor of closed) {
      descriptor.drop();
      this.#report(new OSError(error.errno, `watch of fd ${descriptor.fd}`), 'watch');
    }
    return [];
  }
}

function isOpen(fd: number): boolean {
  try {
    getBlocking(fd);
    return true;
  } catch {
    return false;
  }
}

function checkCallback(callback: unknown): void {
  if (typeof callback !== 'function') throw typeError('callback', 'a function', callback);
}

/** Where errors go when nobody else wants them. */
export function printError(error: unknown, where: string): void {
  process.stderr.write(`fdselect: uncaught in ${where}: ${inspect(error)}\n`);
}
