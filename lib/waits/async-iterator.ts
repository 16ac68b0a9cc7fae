/** Asynchronous iteration over waits. */

/**
 * Gives for ever what `next` promises; ends when it rejects, or when the loop over it is left. An
 * async generator would do the same with three times as many turns of the microtask queue.
 */
export class RepeatedWait<T> implements AsyncIterableIterator<T> {
  readonly #next: () => Promise<T>;
  #isOver = false;

  constructor(next: () => Promise<T>) {
    this.#next = next;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return this.#next().then(this.#step, this.#fail);
  }

  return(): Promise<IteratorResult<T>> {
    this.#isOver = true;
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  readonly #step = (value: T): IteratorResult<T> => ({ value, done: false });

  readonly #fail = (reason: unknown): never => {
    this.#isOver = true;
    throw reason;
  };
}
