/** A set of file descriptors that needs little memory. */

/** One byte per fd number; the kernel's own table needs eight, and a JavaScript Set 20 to 40. */
export class FdSet {
  #members = new Uint8Array(64);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(fd: number): boolean {
    return this.#members[fd] === 1;
  }

  add(fd: number): void {
    if (fd >= this.#members.length) {
      const members = new Uint8Array(Math.max(fd + 1, 2 * this.#members.length));
      members.set(this.#members);
      this.#members = members;
    }
    if (this.#members[fd] === 0) this.#size++;
    this.#members[fd] = 1;
  }

  delete(fd: number): void {
    if (this.#members[fd] !== 1) return;
    this.#members[fd] = 0;
    this.#size--;
  }
}
