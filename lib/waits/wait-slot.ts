/** The body of every asynchronous wait of an object. */
import { check, concurrentPollError } from '../values/index.js';
import { reasonOf, signalOf, type WaitOptions } from './abort.js';
import { lookAtOnce, type Request } from './at-once.js';
import { type SetWait, waitingSets } from './closing.js';
import { type Settling, Wait, type Watcher } from './wait.js';
import { Registration } from './waiter.js';

/** How an object waits without blocking. */
export interface Method<T> {
  /** The real call with timeout 0. */
  look: () => T[];
  /** Tells the waiter what to watch, all of it. */
  watch: (watcher: Watcher) => void;
  /**
   * Whether the object tells {@link WaitSlot.watcher} of every change, also between its waits: then
   * what is watched is kept for the next wait.
   */
  tellsChanges?: boolean;
  /**
   * Whether an fd is the only one registered, where the kernel keeps the set: the waiter sees the
   * set's own fd only.
   */
  watchesOnly?: ((fd: number) => boolean) | undefined;
}

/** Ends what objects have left to the waiter that were never closed, because they need not be. */
const leftovers = new FinalizationRegistry<Registration>((registration) => registration.end());

/** An object's asynchronous wait: one at a time. */
export class WaitSlot<T> implements SetWait {
  #pending: Wait<T[]> | null = null;
  #watchesOnly: ((fd: number) => boolean) | undefined;
  /** Kept from the object's second wait on: many objects wait only once. */
  #kept: Registration | null = null;
  #hasWaited = false;

  /** The wait that is going on. */
  get pending(): Wait<T[]> | null {
    return this.#pending;
  }

  /** What has to know when the object watches something else; null where the next wait will ask. */
  get watcher(): Watcher | null {
    return this.#pending ?? (this.#kept === null ? null : this);
  }

  // As a Watcher: between two waits.
  watch(fd: number, events: number, isOwn?: boolean): void {
    check((this.#kept as Registration).watch(fd, events, isOwn), 'epoll_ctl');
  }

  unwatch(fd: number): void {
    this.#kept?.unwatch(fd);
  }

  watchesOnly(fd: number): boolean {
    return this.#watchesOnly?.(fd) === true;
  }

  /** Ends the wait that is going on with an error. */
  fail(reason: unknown): void {
    this.#pending?.fail(reason);
  }

  /** Forgets what was kept. A later wait would begin anew. */
  close(): void {
    if (this.#kept === null) return;
    leftovers.unregister(this);
    this.#kept.end();
    this.#kept = null;
  }

  /**
   * Answers what the real call finds, at once or when there is something; `[]` when the time is over.
   *
   * @param milliseconds - a fraction is allowed; FOREVER
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
   * As {@link wait}, without a promise: one of the functions is called, never before this returns.
   * @throws what {@link wait} throws
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
   * A look before the wait is most often in vain. Where the waiter sits in libuv's loop, which comes
   * back at once if something is ready, it is left out.
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

/** Makes what a callback throws an uncaught exception, so that the other waits of this turn go on. */
function guarded(callback: () => void): void {
  try {
    callback();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
