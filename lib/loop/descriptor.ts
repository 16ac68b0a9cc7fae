/** `Descriptor`: all watches of one file descriptor in a loop. */
import { OwnKey } from '../selectors/internal.js';
import type { OSError } from '../values/index.js';
import type { LoopWatch } from './watch.js';

/** How a descriptor's file is watched. */
export type DescriptorKind =
  /** By the selector. */
  | 'polled'
  /** Not watched: epoll refuses the file, which is always readable and writable. */
  | 'always ready'
  /** Not watched any more: it was closed without cancelling; the number may be another file's. */
  | 'gone';

/**
 * All watches of one file. When the last one is cancelled, the descriptor ends, and the next watch of
 * the same number gets a new one. So an event of a closed file never reaches another file with the
 * same number.
 *
 * The loop's own selectors use it as the key.
 */
export class Descriptor extends OwnKey {
  kind: DescriptorKind = 'polled';
  /** The events that are registered with the selector; 0: it is not registered. */
  registered = 0;
  /** The selector's error when it refused a change; null: the file was closed. */
  failure: OSError | null = null;
  /** Whether the loop counts it among those that keep it running. */
  isCounted = false;
  /** The watches, linked in the order in which they were made. */
  first: LoopWatch | null = null;
  readonly #onChange: (descriptor: Descriptor) => void;

  /** @param onChange - called when `interest` or `keepsLoop` may have changed */
  constructor(fd: number, onChange: (descriptor: Descriptor) => void) {
    super(fd);
    this.#onChange = onChange;
  }

  get events(): number {
    return this.registered;
  }

  /** The union of all interests. */
  get interest(): number {
    let interest = 0;
    for (let watch = this.first; watch !== null; watch = watch.next) interest |= watch.interest;
    return interest;
  }

  /** Whether one of the watches keeps the loop running. */
  get keepsLoop(): boolean {
    for (let watch = this.first; watch !== null; watch = watch.next) {
      if (watch.hasRef()) return true;
    }
    return false;
  }

  /** Whether the file of a watch was closed; all watches have the same file. */
  get isStale(): boolean {
    for (let watch = this.first; watch !== null; watch = watch.next) {
      if (watch.isStale) return true;
    }
    return false;
  }

  /** Adds a watch without updating the selector; the caller does that. */
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

  /** Call it when a watch was changed. */
  changed(): void {
    this.#onChange(this);
  }

  /**
   * Removes all watches, with one change of the selector.
   * @param error - the reason why they are lost; without it, they are cancelled
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
