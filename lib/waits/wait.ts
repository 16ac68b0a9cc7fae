/**
 * Waits that do not block: `selectAsync`, `pollAsync`, and what is built on them.
 *
 * Each makes its real call with timeout 0. Only where nothing is ready, or where the event loop has
 * had no turn for some milliseconds, the wait goes to the waiter; when that reports that something
 * may be ready, the real call is made again. So the waiter need not know what a call's answer means,
 * and an answer is as fresh as a blocking call's.
 */
import { clearTimeout, native, now, setImmediate, setTimeout } from '../native/index.js';
import { FOREVER, OSError } from '../values/index.js';
import { addAbortCallback, reasonOf, removeAbortCallback } from './abort.js';
import { addWait, type Pending, removeWait, watchFd } from './waiter.js';

/** The longest time that `setTimeout` takes. */
const MAX_TIMER = 0x7fffffff;

/** What `native.watchWait` answers for an fd that the waiter cannot report. */
const LOOK_NOW = 1;

/** How long answers that are given at once may follow each other, and how many may in any case. */
const LONGEST_RUN_MS = 5;
const SHORTEST_RUN = 10;

/** When, since the event loop's last turn, the first answer was given at once; and how many were. */
let runStart = 0;
let runLength = 0;

/**
 * What an `async` function does with its body, without a promise of its own: each promise between an
 * event and the code that awaits it costs a turn of the microtask queue.
 */
export function promised<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A wait, as the function that begins it describes it. */
export interface Request<T> {
  /** The real call with timeout 0; null where nothing is ready. */
  look: () => T | null;
  /** The answer when the time is over. */
  none: () => T;
  /** A fraction is allowed; FOREVER. */
  milliseconds: number;
  signal: AbortSignal | undefined;
  /** Runs once, just before the promise settles. */
  onEnd?: () => void;
}

/**
 * Makes the real call; where nothing is ready, begins a wait.
 * @param begin - tells the wait what to watch
 * @throws the signal's reason, where it is aborted already
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
  if (runLength >= SHORTEST_RUN && now() - runStart > LONGEST_RUN_MS) return null;
  const answer = look() ?? (milliseconds === 0 ? none() : null);
  if (answer !== null && runLength++ === 0) {
    runStart = now();
    setImmediate(() => {
      runLength = 0;
    });
  }
  return answer;
}

/** What a wait is told while it is pending. */
export type Watcher = Pick<Wait<never>, 'watch' | 'unwatch'>;

/** One wait, from the real call that has found nothing to the one that finds something. */
export class Wait<T> implements Pending {
  readonly promise: Promise<T>;
  readonly #id: number;
  readonly #request: Request<T>;
  readonly #deadline: number;
  #resolve!: (answer: T) => void;
  #reject!: (reason: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(request: Request<T>) {
    this.#id = addWait(this);
    this.#request = request;
    const { milliseconds, signal } = request;
    this.#deadline = milliseconds === FOREVER ? Infinity : now() + milliseconds;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (milliseconds !== FOREVER) this.#startTimer();
    if (signal !== undefined) addAbortCallback(signal, this.#onAbort);
  }

  /** Watches an fd, or gives it another mask of poll's bits; takes effect at once. */
  watch(fd: number, events: number): void {
    if (this.#isOver) return;
    try {
      const watched = watchFd(this.#id, fd, events);
      if (watched < 0) this.fail(new OSError(watched, 'epoll_ctl'));
      else if (watched === LOOK_NOW) setImmediate(() => this.look());
    } catch (error) {
      this.fail(error); // there is no fd or no thread left for a second waiter
    }
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
      else this.succeed(answer);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the wait with an answer. */
  succeed(answer: T): void {
    if (this.#isOver) return;
    this.#end();
    this.#resolve(answer);
  }

  /** Ends the wait with an error. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(reason);
  }

  #end(): void {
    this.#isOver = true;
    removeWait(this.#id);
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    const { signal } = this.#request;
    if (signal !== undefined) removeAbortCallback(signal, this.#onAbort);
    this.#request.onEnd?.();
  }

  readonly #onAbort = (): void => {
    this.fail(reasonOf(this.#request.signal as AbortSignal));
  };

  #startTimer(): void {
    // Rounded up: timers count in whole milliseconds and may be early by a fraction of one.
    const left = Math.ceil(this.#deadline - now());
    this.#timer = setTimeout(
      () => {
        this.look();
        if (this.#isOver) return;
        if (now() < this.#deadline) this.#startTimer();
        else this.succeed(this.#request.none());
      },
      Math.min(Math.max(left, 0), MAX_TIMER),
    );
  }
}
