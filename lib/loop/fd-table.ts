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

  *keys(): MapIterator<number> {
    for (const [fd] of this.entries()) yield fd;
  }

  *values(): MapIterator<T> {
    for (const [, entry] of this.entries()) yield entry;
  }

  /** Those that are there now, in the order of their numbers. */
  *entries(): MapIterator<[fd: number, entry: T]> {
    // Not all numbers up to the highest one: there may be millions.
    for (const [fd, entry] of Object.entries(this.#entries)) {
      if (entry !== undefined) yield [Number(fd), entry];
    }
  }
}
