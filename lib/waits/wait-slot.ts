/** The asynchronous wait of a Poll, Epoll or selector: one at a time per object. */
import { check, concurrentPollError } from '../values/index.js';
import { reasonOf, signalOf, type WaitOptions } from './abort.js';
import { lookAtOnce, type Request } from './at-once.js';
import { type SetWait, waitingSets } from './closing.js';
import { type Settling, Wait, type Watcher } from './wait.js';
import { Registration } from './waiter.js';

/** How an object makes its asynchronous wait. */
export interface Method<T> {
  /** Makes the real call with timeout 0. */
  look: () => T[];
  /** Registers all fds of the object with the waiter. */
  watch: (watcher: Watcher) => void;
  /**
   * Whether the object reports every change to {@link WaitSlot.watcher}, also between its waits. Then
   * the registration is kept for the next wait.
   */
  tellsChanges?: boolean;
  /** For epoll sets: whether an fd is the only registered one; see {@link SetWait}. */
  watchesOnly?: ((fd: number) => boolean) | undefined;
}

/** Ends the registrations of objects that were garbage-collected without being closed. */
const leftovers = new FinalizationRegistry<Registration>((registration) => registration.end());

/** An object's asynchronous wait: one at a time. */
export class WaitSlot<T> implements SetWait {
  #pending: Wait<T[]> | null = null;
  #watchesOnly: ((fd: number) => boolean) | undefined;
  /** Kept from the object's second wait on, because many objects wait only once. */
  #kept: Registration | null = null;
  #hasWaited = false;

  /** The pending wait, or null. */
  get pending(): Wait<T[]> | null {
    return this.#pending;
  }

  /** The watcher that gets changes of the object; null if the next wait registers all fds anyway. */
  get watcher(): Watcher | null {
    return this.#pending ?? (this.#kept === null ? null : this);
  }

  // The methods of Watcher, used between two waits.
  watch(fd: number, events: number, isOwn?: boolean): void {
    check((this.#kept as Registration).watch(fd, events, isOwn), 'epoll_ctl');
  }

  unwatch(fd: number): void {
    this.#kept?.unwatch(fd);
  }

  watchesOnly(fd: number): boolean {
    return this.#watchesOnly?.(fd) === true;
  }

  /** Ends the pending wait with an error. */
  fail(reason: unknown): void {
    this.#pending?.fail(reason);
  }

  /** Ends the kept registration; a later wait makes a new one. */
  close(): void {
    if (this.#kept === null) return;
    leftovers.unregister(this);
    this.#kept.end();
    this.#kept = null;
  }

  /**
   * Waits until the real call finds something, and returns that; `[]` after the timeout.
   *
   * @param milliseconds - may be a fraction; or FOREVER
   * @throws TypeError for bad options, the signal's reason, `ERR_CONCURRENT_POLL`
   */
  wait(
    milliseconds: number,
    options: WaitOptions | undefined,
    method: Method<T>,
  ): T[] | Promise<T[]> {
    const request = this.#request(milliseconds, options, method);
    const answer = this.#mayLookFirst(milliseconds) ? lookAtOnce(request) : null;
    if (answer !== null) return answer;
    return new Promise((resolve, reject) => this.#begin(request, method, { resolve, reject }));
  }

  /**
   * As {@link wait}, but calls one of two functions instead of returning a promise; never before this
   * returns.
   * @throws the errors of {@link wait}
   */
  start(
    milliseconds: number,
    options: WaitOptions | undefined,
    method: Method<T>,
    { resolve, reject }: Settling<T[]>,
  ): void {
    this.#begin(this.#request(milliseconds, options, method), method, {
      resolve: (answer) => guarded(() => resolve(answer)),
      reject: (reason) => guarded(() => reject(reason)),
    });
  }

  #request(
    milliseconds: number,
    options: WaitOptions | undefined,
    { look }: Method<T>,
  ): Request<T[]> {
    const signal = signalOf(options);
    if (signal?.aborted === true) throw reasonOf(signal);
    if (this.#pending !== null) throw concurrentPollError();
    return {
      look: () => {
        const found = look();
        return found.length > 0 ? found : null;
      },
      none: () => [],
      milliseconds,
      signal,
    };
  }

  /**
   * Whether to make the real call before the wait begins. Most often it finds nothing. If the waiter is
   * in libuv's loop, which returns at once when something is ready, it is not needed.
   */
  #mayLookFirst(milliseconds: number): boolean {
    return milliseconds === 0 || this.#kept === null || !this.#kept.isInLoop;
  }

  #begin(request: Request<T[]>, method: Method<T>, settling: Settling<T[]>): void {
    const isFilled = this.#kept !== null;
    const registration = this.#kept ?? new Registration();
    if (!isFilled && this.#hasWaited && method.tellsChanges === true) {
      this.#kept = registration;
      leftovers.register(this, registration, this);
    }
    this.#hasWaited = true;
    const onEnd = () => this.#onEnd(registration);
    const wait = new Wait({ ...request, onEnd }, registration, method.watch, settling);
    this.#pending = wait;
    this.#watchesOnly = method.watchesOnly;
    if (this.#watchesOnly !== undefined) waitingSets.add(this);
    wait.begin(isFilled);
  }

  #onEnd(registration: Registration): void {
    if (registration === this.#kept) registration.disarm(this.#pending?.isArmed === true);
    else registration.end();
    this.#pending = null;
    if (this.#watchesOnly !== undefined) waitingSets.delete(this);
  }
}

/** Turns an exception of a callback into an uncaught one, so that other waits are still reported. */
function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
