/**
 * Waits that do not block: `selectAsync`, `pollAsync`, and what is built on them.
 *
 * The waiter reports that something may be ready; then the real call is made with timeout 0. So the
 * waiter need not know what a call's answer means, and an answer is as fresh as a blocking call's.
 */
import { clearTimeout, now, setImmediate, setTimeout } from '../native/index.js';
import { check, FOREVER, OSError } from '../values/index.js';
import { addAbortCallback, reasonOf, removeAbortCallback } from './abort.js';
import { lookAtOnce, type Request } from './at-once.js';
import { type Pending, Registration } from './waiter.js';

/** The longest time that `setTimeout` takes. */
const MAX_TIMER = 0x7fffffff;

/** What the waiter answers where an fd cannot be watched, yet may be ready. */
const LOOK_NOW = 1;

/** What a wait watches. */
export interface Watcher {
  /**
   * Watches an fd, or gives it another mask of poll's bits; takes effect at once.
   * @param isOwn - whether the fd belongs to the object that waits
   */
  watch(fd: number, events: number, isOwn?: boolean): void;
  unwatch(fd: number): void;
}

/**
 * Makes the real call; where nothing is ready, begins a wait.
 * @param begin - tells the wait what to watch; it may be called again
 */
export function lookOrWait<T>(
  request: Request<T>,
  begin: (watcher: Watcher) => void,
): T | Promise<T> {
  const answer = lookAtOnce(request);
  if (answer !== null) return answer;
  const registration = new Registration();
  return new Promise((resolve, reject) => {
    const onEnd = () => {
      registration.end();
      request.onEnd?.();
    };
    new Wait({ ...request, onEnd }, registration, begin, { resolve, reject }).begin();
  });
}

/** How a wait is settled. */
export interface Settling<T> {
  resolve: (answer: T) => void;
  reject: (reason: unknown) => void;
}

/** One wait, from its beginning until the real call finds something. */
export class Wait<T> implements Pending, Watcher {
  readonly #request: Request<T>;
  readonly #registration: Registration;
  readonly #fill: (watcher: Watcher) => void;
  readonly #settling: Settling<T>;
  readonly #deadline: number;
  #timer: NodeJS.Timeout | undefined;
  #isArmed = false;
  #isOver = false;

  /** @param fill - tells the wait what to watch, where the registration does not know that yet */
  constructor(
    request: Request<T>,
    registration: Registration,
    fill: (watcher: Watcher) => void,
    settling: Settling<T>,
  ) {
    this.#request = request;
    this.#registration = registration;
    this.#fill = fill;
    this.#settling = settling;
    const { milliseconds } = request;
    this.#deadline = milliseconds === FOREVER ? Infinity : now() + milliseconds;
  }

  /** Whether the waiter is going to report it. */
  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** @param isFilled - whether the registration knows already what to watch */
  begin(isFilled = false): void {
    const { milliseconds, signal } = this.#request;
    if (milliseconds !== FOREVER) this.#startTimer();
    if (signal !== undefined) addAbortCallback(signal, this.#onAbort);
    try {
      if (!isFilled) this.#fill(this);
      this.#arm();
    } catch (error) {
      this.fail(error);
    }
  }

  watch(fd: number, events: number, isOwn?: boolean): void {
    if (this.#isOver) return;
    const watched = this.#registration.watch(fd, events, isOwn);
    // Before the wait is armed the kernel is not asked.
    if (!this.#isArmed) check(watched, 'epoll_ctl');
    else this.#handle(watched);
  }

  unwatch(fd: number): void {
    if (!this.#isOver) this.#registration.unwatch(fd);
  }

  report(): void {
    this.#isArmed = false;
    this.look();
  }

  look(): void {
    if (this.#isOver) return;
    let answer: T | null;
    try {
      answer = this.#request.look();
    } catch (error) {
      this.fail(error);
      return;
    }
    if (answer !== null) {
      this.succeed(answer);
    } else if (!this.#isArmed) {
      this.#isArmed = true;
      this.#registration.rearm();
    }
  }

  armAgain(): void {
    if (this.#isArmed) this.#arm();
  }

  /** Ends the wait with an answer. */
  succeed(answer: T): void {
    if (this.#isOver) return;
    this.#end();
    this.#settling.resolve(answer);
  }

  /** Ends the wait with an error. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#settling.reject(reason);
  }

  #arm(): void {
    this.#isArmed = true;
    this.#handle(this.#registration.arm(this));
  }

  /** What the waiter has answered. */
  #handle(watched: number): void {
    if (watched === LOOK_NOW) {
      setImmediate(() => this.look());
    } else if (watched < 0) {
      this.#isArmed = false;
      try {
        if (!this.#registration.moveToThread(watched)) throw new OSError(watched, 'epoll_ctl');
        this.#fill(this);
        this.#arm();
      } catch (error) {
        this.fail(error); // or there is no thread left
      }
    }
  }

  #end(): void {
    this.#isOver = true;
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
