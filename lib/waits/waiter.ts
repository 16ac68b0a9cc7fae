/**
 * Waits that do not block: `selectAsync`, `pollAsync`, and what is built on them.
 *
 * Each makes its real call with timeout 0; only where nothing is ready, or where the event loop has
 * had no turn for some milliseconds, it is handed to the waiter of this environment (the main
 * thread or a worker has one each), and when that says that something may be ready, the real call
 * is made again. So the waiter need not know what a call's answer means, and an answer is as fresh
 * as a blocking call's.
 */

import { errnoName, isNode, native, setImmediate, type WaiterKind } from '../native/index.js';
import { check, FOREVER, OSError, typeError } from '../values/index.js';
import { addAbortCallback, removeAbortCallback } from './abort.js';

/** The longest time that `setTimeout` takes. */
const MAX_TIMER = 0x7fffffff;

/** What `native.watchWait` answers for an fd that nobody will report. */
const LOOK_NOW = 1;

/** How long answers that are given at once may follow each other, and how many may in any case. */
const LONGEST_RUN_MS = 5;
const SHORTEST_RUN = 10;

// native.openWaiter's kinds.
const UV = 0;
const THREAD = 1;

/**
 * What epoll_ctl(2) says of an fd that an epoll set inside Node's own one cannot watch: one of an
 * epoll set that is nested itself, or a file that hundreds of sets and fds share. A thread can.
 */
const REFUSALS = new Set<string | undefined>(['EINVAL', 'ELOOP', 'ENOSPC']);

/** The options of every function that waits without blocking. */
export interface WaitOptions {
  /** Ends the wait: its promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Throws the reason of a signal that is aborted already, and for what is no signal. */
export function throwIfAborted({ signal }: WaitOptions): void {
  if (signal === undefined) return;
  if (!(signal instanceof AbortSignal)) throw typeError('options.signal', 'an AbortSignal', signal);
  signal.throwIfAborted();
}

/**
 * What an `async` function does with its body, without a promise of its own: each one between an
 * event and whoever awaits it is a turn of the microtask queue.
 */
export function promised<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** What the waiter has to know of a wait, whatever it is a wait for. */
interface Pending {
  look(): void;
}

const pending = new Map<number, Pending>();
const ready = new Int32Array(256);
let nextId = 0;
/** The waiter that waits begin with; null before the first one. */
let first: WaiterKind | null = null;
let isThreadOpen = false;
/** When, since the event loop's last turn, the first answer was given at once; and how many were. */
let runStart = 0;
let runLength = 0;

/** Thrown where FDSELECT_WAITER is set to what there is not. */
function driverError(name: string, why: string): Error {
  return new Error(`FDSELECT_WAITER=${name}: ${why}`);
}

/**
 * Opens the environment's waiter. Under Node on Linux it sits in libuv's own loop; other runtimes
 * have no libuv, or another one than Node's, and elsewhere there is no epoll: there it is a thread.
 */
function open(): WaiterKind {
  const name = process.env.FDSELECT_WAITER;
  if (name !== undefined && name !== 'uv' && name !== 'thread') {
    throw driverError(name, 'must be uv or thread');
  }
  if (name === 'uv' && !isNode) throw driverError(name, 'this runtime has no libuv');
  if (name !== 'thread' && isNode && openUv()) return UV;
  if (name === 'uv') throw driverError(name, 'this system has no epoll');
  openThread();
  return THREAD;
}

/**
 * Opens the environment's waiter, unless it is open: for those whose first wait must not be the one
 * that finds no fd left.
 * @throws OSError such as `EMFILE`
 */
export function openWaiter(): void {
  first ??= open();
}

/** Whether the waiter that sits in libuv's loop is open now; the system may have no such thing. */
function openUv(): boolean {
  const opened = native.openWaiter(UV, dispatch);
  if (opened < 0 && errnoName(opened) === 'ENOSYS') return false;
  check(opened, 'epoll_create1');
  return true;
}

function openThread(): void {
  if (isThreadOpen) return;
  check(native.openWaiter(THREAD, dispatch), 'eventfd');
  isThreadOpen = true;
}

/** A wait, as the function that begins it describes it. */
interface Request<T> {
  /** The real call with timeout 0; null where nothing is ready. */
  look: () => T | null;
  /** What it answers when its time is over. */
  none: () => T;
  /** A fraction is allowed; FOREVER. */
  milliseconds: number;
  options: WaitOptions;
  /** Called once, before the promise of a wait is settled. */
  onEnd?: () => void;
}

/**
 * Makes the real call; where nothing is ready, begins a wait.
 * @param begin - says to the wait what to watch
 */
export function lookOrWait<T>(request: Request<T>, begin: (wait: Wait<T>) => void): T | Promise<T> {
  const answer = lookAtOnce(request);
  if (answer !== null) return answer;
  const wait = new Wait(request);
  begin(wait);
  return wait.promise;
}

/**
 * Makes the real call, before there is a wait; null: nothing is ready and there is time, or it is the
 * event loop's turn. `await` alone lets no timer in: a program that got an answer at once at every
 * wait would starve everything else.
 */
function lookAtOnce<T>({ look, none, milliseconds }: Request<T>): T | null {
  if (runLength >= SHORTEST_RUN && performance.now() - runStart > LONGEST_RUN_MS) return null;
  const answer = look() ?? (milliseconds === 0 ? none() : null);
  if (answer !== null && runLength++ === 0) {
    runStart = performance.now();
    setImmediate(() => {
      runLength = 0;
    });
  }
  return answer;
}

/** Called by the waiter when waits may be ready. */
function dispatch(first?: number, second?: number): void {
  if (first !== undefined) {
    pending.get(first)?.look();
    if (second === undefined) return;
    pending.get(second)?.look();
  }
  let count: number;
  do {
    count = native.collectWaits(ready);
    for (let i = 0; i < count; i++) pending.get(ready[i] as number)?.look();
  } while (count === ready.length);
}

/** What a wait is told while it is pending. */
export type Watcher = Pick<Wait<never>, 'watch' | 'unwatch'>;

/** One wait, from the real call that has found nothing to the one that finds something. */
export class Wait<T> implements Pending {
  readonly promise: Promise<T>;
  readonly #id = nextId++;
  readonly #request: Request<T>;
  readonly #deadline: number;
  #resolve!: (answer: T) => void;
  #reject!: (reason: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(request: Request<T>) {
    openWaiter();
    this.#request = request;
    const { milliseconds, options } = request;
    this.#deadline = milliseconds === FOREVER ? Infinity : performance.now() + milliseconds;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (pending.size === 0) native.keepAlive(first as WaiterKind, 1);
    pending.set(this.#id, this);
    if (milliseconds !== FOREVER) this.#startTimer();
    if (options.signal !== undefined) addAbortCallback(options.signal, this.#onAbort);
  }

  /** Watches an fd, or gives it another mask of poll's bits; takes effect at once. */
  watch(fd: number, events: number): void {
    if (this.#isOver) return;
    let watched = native.watchWait(first as WaiterKind, this.#id, fd, events);
    if (first === UV && watched < 0 && REFUSALS.has(errnoName(watched))) {
      openThread();
      watched = native.watchWait(THREAD, this.#id, fd, events);
    }
    if (watched < 0) this.fail(new OSError(watched, 'epoll_ctl'));
    else if (watched === LOOK_NOW) setImmediate(() => this.look());
  }

  unwatch(fd: number): void {
    if (!this.#isOver) native.unwatchWait(this.#id, fd);
  }

  /** Makes the real call, and ends the wait where that finds something. */
  look(): void {
    if (this.#isOver) return;
    try {
      const answer = this.#request.look();
      if (answer === null) native.rearmWait(this.#id);
      else this.#succeed(answer);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the wait with an error. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(reason);
  }

  #succeed(answer: T): void {
    this.#end();
    this.#resolve(answer);
  }

  #end(): void {
    this.#isOver = true;
    pending.delete(this.#id);
    native.endWait(this.#id, pending.size === 0 ? (first as WaiterKind) : -1);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    const { signal } = this.#request.options;
    if (signal !== undefined) removeAbortCallback(signal, this.#onAbort);
    this.#request.onEnd?.();
  }

  readonly #onAbort = (): void => this.fail(this.#request.options.signal?.reason);

  #startTimer(): void {
    // Rounded up: timers count in whole milliseconds and may be early by a fraction of one.
    const left = Math.ceil(this.#deadline - performance.now());
    this.#timer = setTimeout(
      () => {
        this.look();
        if (this.#isOver) return;
        if (performance.now() < this.#deadline) this.#startTimer();
        else this.#succeed(this.#request.none());
      },
      Math.min(Math.max(left, 0), MAX_TIMER),
    );
  }
}
