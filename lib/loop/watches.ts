/** All watches of a loop, registered with its selector. */
import { errnoNumber } from '../native/index.js';
import type { BaseSelector } from '../selectors/index.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { FdTable, isKnown, isOpen } from '../selectors/internal.js';
import { OSError } from '../values/index.js';
import { Descriptor } from './descriptor.js';
import { checkIsOpen } from './selectors.js';
import type { LoopWatch } from './watch.js';

const EBADF = errnoNumber('EBADF');

/** The descriptors of a loop by fd; registers each change with the selector. */
export class Watches {
  readonly #selector: BaseSelector<unknown>;
  readonly #onChange: () => void;
  readonly #onClosed: (error: OSError) => void;
  readonly #descriptors = new FdTable<Descriptor>();
  /** How many descriptors keep the loop running. */
  #needed = 0;
  /** Descriptors whose file was closed; their watches may still be cancelled. */
  readonly #gone = new Set<Descriptor>();
  /** Descriptors that epoll refuses because their file is always readable and writable. */
  readonly alwaysReady = new Set<Descriptor>();

  /**
   * @param onChange - called when a pending wait may have to end
   * @param onClosed - called for a file that was closed before its watches were cancelled
   */
  constructor(
    selector: BaseSelector<unknown>,
    onChange: () => void,
    onClosed: (error: OSError) => void,
  ) {
    this.#selector = selector;
    this.#onChange = onChange;
    this.#onClosed = onClosed;
  }

  /** Whether a watch keeps the loop running. */
  get areNeeded(): boolean {
    return this.#needed > 0;
  }

  /**
   * Adds a watch of a file descriptor.
   * @throws OSError such as `EBADF`; any other error of the selector
   */
  add(fd: number, watch: LoopWatch): void {
    const descriptor = this.#descriptors.get(fd);
    if (descriptor !== undefined) {
      const isOver = descriptor.kind === 'gone' || descriptor.isStale;
      if (!isOver && this.#addTo(descriptor, watch)) return;
      this.lose(descriptor);
    }
    const next = new Descriptor(fd, this.#apply);
    this.#descriptors.set(fd, next);
    this.#addTo(next, watch);
  }

  /** @returns false if the kernel does not have the descriptor's file, because it was closed */
  #addTo(descriptor: Descriptor, watch: LoopWatch): boolean {
    const { fd, registered } = descriptor;
    descriptor.add(watch);
    try {
      this.#update(descriptor);
    } catch (error) {
      descriptor.unlink(watch);
      if (registered !== 0 && error instanceof OSError) return false;
      this.#update(descriptor); // as it was before
      throw error;
    }
    // Without a change there was no system call that could have failed.
    if (descriptor.registered !== registered || descriptor.kind === 'always ready') return true;
    if (isKnown(this.#selector, fd)) return true;
    descriptor.unlink(watch);
    return false;
  }

  /** Before a wait: removes the watches of closed files that were not cancelled meanwhile. */
  loseGone(): void {
    for (const descriptor of this.#gone) {
      this.#gone.delete(descriptor);
      this.lose(descriptor);
    }
  }

  /** Removes and reports the watches of a file that was closed before they were cancelled. */
  lose(descriptor: Descriptor): void {
    const { fd, kind, registered, interest } = descriptor;
    if (interest === 0) return;
    if (kind === 'always ready') this.alwaysReady.delete(descriptor);
    else if (kind === 'polled' && registered !== 0) this.#unregister(fd);
    descriptor.kind = 'gone';
    const error = descriptor.failure ?? new OSError(EBADF, `watch of fd ${fd}`);
    this.#onClosed(error);
    descriptor.drop(error);
  }

  /**
   * After EBADF of a wait: removes the watches of closed fds, so that the others work again.
   * @throws the error, if it has another cause
   */
  preen(error: unknown): void {
    if (!(error instanceof OSError) || error.code !== 'EBADF') throw error;
    const closed = [...this.#descriptors.values()].filter(({ fd }) => !isOpen(fd));
    if (closed.length === 0) throw error;
    for (const descriptor of closed) this.lose(descriptor);
  }

  /** Cancels all watches. */
  clear(): void {
    for (const descriptor of [...this.#descriptors.values(), ...this.#gone]) descriptor.drop();
    this.#gone.clear();
  }

  /** Updates the selector; at once, because the fd may be closed later. */
  readonly #apply = (descriptor: Descriptor): void => {
    try {
      this.#update(descriptor);
    } catch (error) {
      // EBADF or ENOENT: the file was closed; its other watches may be cancelled next. ENOMEM: the
      // selector has lost it.
      if (error instanceof OSError && error.code === 'ENOMEM') descriptor.failure = error;
      descriptor.kind = 'gone';
      this.#gone.add(descriptor);
      this.#onChange();
    }
  };

  #update(descriptor: Descriptor): void {
    const { fd, interest, keepsLoop, registered } = descriptor;
    if (keepsLoop !== descriptor.isCounted) {
      descriptor.isCounted = keepsLoop;
      this.#needed += keepsLoop ? 1 : -1;
      this.#onChange(); // the loop may have nothing left to wait for
    }
    if (interest === 0 && this.#descriptors.get(fd) === descriptor) this.#descriptors.delete(fd);
    if (descriptor.kind === 'gone' || interest === registered) return;
    if (descriptor.kind === 'always ready') this.#updateAlwaysReady(descriptor);
    else if (interest === 0) this.#unregister(fd);
    else if (registered === 0) this.#register(descriptor);
    else this.#selector.modify(fd, interest, descriptor);
    descriptor.registered = interest;
  }

  #register(descriptor: Descriptor): void {
    const { fd, interest } = descriptor;
    checkIsOpen(this.#selector, fd);
    try {
      this.#selector.register(fd, interest, descriptor);
    } catch (error) {
      if (!(error instanceof OSError) || error.code !== 'EPERM') throw error;
      descriptor.kind = 'always ready'; // epoll(7) refuses regular files
      this.#updateAlwaysReady(descriptor);
    }
  }

  #updateAlwaysReady(descriptor: Descriptor): void {
    if ((descriptor.interest & (EVENT_READ | EVENT_WRITE)) === 0) {
      this.alwaysReady.delete(descriptor);
    } else {
      this.alwaysReady.add(descriptor);
      this.#onChange();
    }
  }

  /** Unregisters an fd, unless the program has closed its selector or unregistered the fd itself. */
  #unregister(fd: number): void {
    if (this.#selector.getMap()?.has(fd) === true) this.#selector.unregister(fd);
  }
}
