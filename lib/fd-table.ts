/** A table by file descriptor. */

/**
 * What there is to know of each of some file descriptors. The kernel gives out the lowest number
 * that is free, so an array has few gaps: it takes a quarter of a Map's memory, and grows in smaller
 * steps. Of a few high numbers the engine makes a dictionary.
 */
export class FdTable<T> {
  #entries: (T | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(fd: number): T | undefined {
    return this.#entries[fd];
  }

  set(fd: number, entry: T): void {
    if (this.#entries[fd] === undefined) this.#size++;
    this.#entries[fd] = entry;
  }

  delete(fd: number): void {
    if (this.#entries[fd] === undefined) return;
    this.#entries[fd] = undefined;
    this.#size--;
  }

  /** Those that are there now, in the order of their numbers. */
  values(): T[] {
    // Not every number up to the highest one: there may be millions.
    return Object.values(this.#entries).filter((entry) => entry !== undefined);
  }
}
