/** All watches of one file descriptor. */
import type { SelectorKey } from '../selectors/index.js';
import type { OSError } from '../values/index.js';
import type { LoopWatch } from './watch.js';

/** How a descriptor's file is watched. */
export type DescriptorKind =
  /** By the selector. */
  | 'polled'
  /** Not at all: it is a file that epoll refuses, readable and writable at any time. */
  | 'always ready'
  /** Not any more: it was closed without cancelling; the number may be another one's. */
  | 'gone';

/**
 * All watches of one file, under its fd. When the last one is cancelled it is over, and the next
 * watch of the same number gets another one: so an event of a closed file never reaches the next
 * file with the same number.
 *
 * To the loop's own selectors it is its key, too.
 */
export class Descriptor implements SelectorKey<Descriptor> {
  readonly fd: number;
  kind: DescriptorKind = 'polled';
  /** What the selector was told; 0: nothing. */
  registered = 0;
  /** Why the selector has refused a change; null: the file was closed. */
  failure: OSError | null = null;
  /** Whether the loop counts it among those for which it has to run. */
  isCounted = false;
  /** The watches, linked in the order in which they were made. */
  first: LoopWatch | null = null;
  readonly #onChange: (descriptor: Descriptor) => void;

  /** @param onChange - is called when `interest` or `keepsLoop` may have changed */
  constructor(fd: number, onChange: (descriptor: Descriptor) => void) {
    this.fd = fd;
    this.#onChange = onChange;
  }

  get fileobj(): number {
    return this.fd;
  }

  get events(): number {
    return this.registered;
  }

  get data(): this {
    return this;
  }

  /** The union of all interests. */
  get interest(): number {
    let interest = 0;
    for (let watch = this.first; watch !== null; watch = watch.next) interest |= watch.interest;
    return interest;
  }

  /** Whether there is a watch for which the loop has to run. */
  get keepsLoop(): boolean {
    for (let watch = this.first; watch !== null; watch = watch.next) {
      if (watch.hasRef()) return true;
    }
    return false;
  }

  /** Whether the file of a watch was closed; then it was that of all. */
  get isStale(): boolean {
    for (let watch = this.first; watch !== null; watch = watch.next) {
      if (watch.isStale) return true;
    }
    return false;
  }

  /** Adds a watch and nothing else: it is the caller who says so to the selector. */
  add(watch: LoopWatch): void {
    watch.descriptor = this;
    if (this.first === null) {
      this.first = watch;
    } else {
      let last = this.first;
      while (last.next !== null) last = last.next;
      last.next = watch;
    }
  }

  remove(watch: LoopWatch): void {
    this.unlink(watch);
    this.changed();
  }

  /** Undoes {@link add}. */
  unlink(watch: LoopWatch): void {
    if (this.first === watch) {
      this.first = watch.next;
    } else {
      let before = this.first;
      while (before !== null && before.next !== watch) before = before.next;
      if (before !== null) before.next = watch.next;
    }
  }

  /** A watch was changed. */
  changed(): void {
    this.#onChange(this);
  }

  /**
   * Removes all watches, with one change for the selector.
   * @param error - why they are lost; without it they are cancelled
   */
  drop(error?: OSError): void {
    const first = this.first;
    this.first = null;
    this.changed();
    for (let watch = first; watch !== null; watch = watch.next) {
      if (error === undefined) watch.cancel();
      else watch.lose(error);
    }
  }
}
