/** The body of every asynchronous wait of an object. */
import { concurrentPollError } from '../values/index.js';
import { reasonOf, signalOf, type WaitOptions } from './abort.js';
import { type SetWait, waitingSets } from './closing.js';
import { lookOrWait, type Wait } from './wait.js';

/** How an object waits without blocking. */
interface Method<T> {
  /** The real call with timeout 0. */
  look: () => T[];
  /** Tells the wait what to watch. */
  watch: (wait: Wait<T[]>) => void;
  /**
   * Whether an fd is the only one registered, where the kernel keeps the set: the waiter sees the
   * set's own fd only.
   */
  watchesOnly?: ((fd: number) => boolean) | undefined;
}

/** An object's asynchronous wait: one at a time. */
export class WaitSlot<T> implements SetWait {
  #pending: Wait<T[]> | null = null;
  #watchesOnly: ((fd: number) => boolean) | undefined;

  /** The wait that is going on. */
  get pending(): Wait<T[]> | null {
    return this.#pending;
  }

  watchesOnly(fd: number): boolean {
    return this.#watchesOnly?.(fd) === true;
  }

  /** Ends the wait that is going on with an error. */
  fail(reason: unknown): void {
    this.#pending?.fail(reason);
  }

  /**
   * Answers what the real call finds, at once or when there is something; `[]` when the time is over.
   *
   * @param milliseconds - a fraction is allowed; FOREVER
   * @throws TypeError for options that are none, the signal's reason, `ERR_CONCURRENT_POLL`
   */
  wait(
    milliseconds: number,
    options: WaitOptions | undefined,
    { look, watch, watchesOnly }: Method<T>,
  ): T[] | Promise<T[]> {
    const signal = signalOf(options);
    if (signal?.aborted === true) throw reasonOf(signal);
    if (this.#pending !== null) throw concurrentPollError();
    const request = {
      look: () => {
        const found = look();
        return found.length > 0 ? found : null;
      },
      none: () => [],
      milliseconds,
      signal,
      onEnd: () => {
        this.#pending = null;
        if (watchesOnly !== undefined) waitingSets.delete(this);
      },
    };
    return lookOrWait<T[]>(request, (wait) => {
      this.#pending = wait;
      this.#watchesOnly = watchesOnly;
      if (watchesOnly !== undefined) waitingSets.add(this);
      watch(wait);
    });
  }
}
