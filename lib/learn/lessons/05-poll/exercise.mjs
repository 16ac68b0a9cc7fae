// Exercise of lesson 5. waitOnce() is written for select(). Port it to poll(): the same answer, but
// one poll object for all calls, and register() or unregister() only for what has changed.
import { select } from 'fdselect';

export class Waiter {
  #reads = new Set();
  #writes = new Set();

  /** Watches an fd from now on; both false: not at all. Called each time that something changes. */
  want(fd, { read, write }) {
    read ? this.#reads.add(fd) : this.#reads.delete(fd);
    write ? this.#writes.add(fd) : this.#writes.delete(fd);
  }

  /** @returns { readable: fd[], writable: fd[] }; an fd that has ended or failed is readable */
  waitOnce(milliseconds) {
    const [readable, writable] = select(
      [...this.#reads],
      [...this.#writes],
      [],
      milliseconds / 1000,
    );
    return { readable, writable };
  }
}
