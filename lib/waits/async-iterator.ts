/** `for await` over waits: the iterator behind `events()`. */

/** A pending wait, which the iterator can end. */
interface Ending {
  fail(reason: unknown): void;
}

/** The reason with which an iterator ends its own wait; programs never get it. */
const LEFT = Symbol('the iterator was left');

/**
 * Calls `begin` again and again, and yields its results. The iteration ends when a promise is
 * rejected, or when the loop over it is left: `return()` and `throw()` end the pending wait, whose
 * `next()` then resolves to `{ done: true }`.
 *
 * Not an async generator, which would need three times as many turns of the microtask queue.
 */
export class RepeatedWait<T> implements AsyncIterableIterator<T> {
  readonly #begin: () => Promise<T>;
  readonly #current: () => Ending | null;
  #own: Ending | null = null;
  #isOver = false;

  /**
   * @param begin - begins a wait
   * @param current - returns the pending wait
   */
  constructor(begin: () => Promise<T>, current: () => Ending | null) {
    this.#begin = begin;
    this.#current = current;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#isOver) return Promise.resolve(DONE);
    const before = this.#current();
    const promise = this.#begin();
    const current = this.#current();
    // If another wait was pending already, this one was refused.
    if (current !== before) this.#own = current;
    return promise.then(this.#step, this.#fail);
  }

  return<V>(value?: V | PromiseLike<V>): Promise<IteratorResult<T, V>>;
  async return(value?: unknown): Promise<IteratorReturnResult<unknown>> {
    this.#leave();
    return { value: await value, done: true };
  }

  async throw(error?: unknown): Promise<never> {
    this.#leave();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(): void {
    this.#isOver = true;
    this.#own?.fail(LEFT);
    this.#own = null;
  }

  readonly #step = (value: T): IteratorResult<T, undefined> => {
    this.#own = null;
    return this.#isOver ? DONE : { value, done: false };
  };

  readonly #fail = (reason: unknown): IteratorReturnResult<undefined> => {
    this.#isOver = true;
    this.#own = null;
    if (reason === LEFT) return DONE;
    throw reason;
  };
}

const DONE: IteratorReturnResult<undefined> = Object.freeze({ value: undefined, done: true });

/** The options of `events()`. */
export interface EventsOptions {
  /**
   * The longest wait of each step: **milliseconds** for a `Poll`, **seconds** for an `Epoll` and a
   * selector. After it the step gives `[]`. Default: no limit.
   */
  timeout?: number | null | undefined;
  /**
   * Ends the iteration: the step that is waiting is rejected with the signal's reason. Default: none.
   */
  signal?: AbortSignal | undefined;
}
