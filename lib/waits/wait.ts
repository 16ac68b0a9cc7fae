/**
 * Asynchronous waits: `selectAsync`, `pollAsync`, and everything that is built on them.
 *
 * When the waiter reports that something may be ready, the real call is made with timeout 0. So the
 * waiter need not understand the answers of a call, and an answer is as recent as a blocking call's.
 */
import { clearTimeout, now, setImmediate, setTimeout } from '../native/index.js';
import { check, FOREVER, OSError } from '../values/index.js';
import { addAbortCallback, reasonOf, removeAbortCallback } from './abort.js';
import { lookAtOnce, type Request } from './at-once.js';
import { type Pending, Registration } from './waiter.js';

/** The longest time of `setTimeout`, in milliseconds. */
const MAX_TIMER = 0x7fffffff;

/** The waiter's result if an fd cannot be watched, but may be ready. */
const LOOK_NOW = 1;

/** Takes the fds of a wait. */
export interface Watcher {
  /**
   * Watches an fd, or changes its mask of poll's bits; takes effect at once.
   * @param isOwn - whether the fd belongs to the object that waits
   */
  watch(fd: number, events: number, isOwn?: boolean): void;
  unwatch(fd: number): void;
}

/**
 * Makes the real call; if nothing is ready, begins a wait.
 * @param begin - registers the fds of the wait; may be called again
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

  /** @param fill - registers the fds of the wait, if the registration does not have them yet */
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

  /** Whether the waiter will report the wait. */
  get isArmed(): boolean {
    return this.#isArmed;
  }

  /** @param isFilled - whether the registration has the fds already */
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
    // Before the wait is armed there is no system call, so the only error is missing memory.
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
      this.#handle(this.#registration.rearm());
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

  /** Handles the waiter's result. */
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
        this.fail(error); // the error itself, or no thread could be made
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
    // Rounded up: timers use whole milliseconds and may fire a fraction of one too early.
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
