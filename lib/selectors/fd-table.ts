/** A table of values by file descriptor. */

/**
 * A map from file descriptors to values. The kernel uses the lowest free number, so an array has few
 * gaps: it takes a quarter of a Map's memory, and grows in smaller steps. For a few high numbers, V8
 * stores the array as a dictionary.
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

  has(fd: number): boolean {
    return this.#entries[fd] !== undefined;
  }

  set(fd: number, entry: T): void {
    if (this.#entries[fd] === undefined) this.#size++;
    this.#entries[fd] = entry;
  }

  /** @returns whether it was there */
  delete(fd: number): boolean {
    if (this.#entries[fd] === undefined) return false;
    this.#entries[fd] = undefined;
    this.#size--;
    return true;
  }

  clear(): void {
    this.#entries = [];
    this.#size = 0;
  }

  *keys(): IterableIterator<number> {
    for (const [fd] of this.entries()) yield fd;
  }

  *values(): IterableIterator<T> {
    for (const [, entry] of this.entries()) yield entry;
  }

  /** The current entries, in the order of their numbers. */
  *entries(): IterableIterator<[fd: number, entry: T]> {
    // Skips gaps: there may be millions of numbers up to the highest.
    for (const [fd, entry] of Object.entries(this.#entries)) {
      if (entry !== undefined) yield [Number(fd), entry];
    }
  }
}
