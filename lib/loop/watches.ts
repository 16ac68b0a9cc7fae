/** All watches of a loop, and their registration with its selector. */
import { constants } from 'node:os';
import type { BaseSelector } from '../selectors/index.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { OSError } from '../values/index.js';
import { Descriptor } from './descriptor.js';
import { FdTable } from './fd-table.js';
import { checkIsOpen, isKnown, isOpen } from './selectors.js';
import type { LoopWatch } from './watch.js';

const { EBADF } = constants.errno;

/** A table of descriptors by fd, kept in step with a selector. */
export class Watches {
  readonly #selector: BaseSelector<unknown>;
  readonly #onChange: () => void;
  readonly #onClosed: (error: OSError) => void;
  readonly #descriptors = new FdTable<Descriptor>();
  /** How many of them have a watch for which the loop has to run. */
  #needed = 0;
  /** Those whose file was closed, as far as that was noticed; their watches may still be cancelled. */
  readonly #gone = new Set<Descriptor>();
  /**
   * Those whose file epoll refuses, and that are watched for what such a file always is: readable
   * and writable.
   */
  readonly alwaysReady = new Set<Descriptor>();

  /**
   * @param onChange - is called when a wait that is going on may have to end
   * @param onClosed - reports files that were closed before their watches were cancelled
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

  /** Whether there is a watch for which the loop has to run. */
  get areNeeded(): boolean {
    return this.#needed > 0;
  }

  /**
   * Adds a watch of a file descriptor.
   * @throws OSError such as `EBADF`; whatever else the selector throws
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

  /** @returns false where the kernel does not know the descriptor's file: it was closed */
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
    // Without a change the selector was not asked.
    if (descriptor.registered !== registered || descriptor.kind === 'always ready') return true;
    if (isKnown(this.#selector, fd)) return true;
    descriptor.unlink(watch);
    return false;
  }

  /** Before a wait: what was closed and has not been cancelled in the meantime is lost. */
  loseGone(): void {
    for (const descriptor of this.#gone) {
      this.#gone.delete(descriptor);
      this.lose(descriptor);
    }
  }

  /** A file was closed before its watches were cancelled: that is done now, and reported. */
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
   * A closed fd makes every select() an EBADF: its watches go, and all others go on.
   * @throws the error, where it is another one
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

  /** Tells the selector what has changed; at once, as afterwards the fd may be closed. */
  readonly #apply = (descriptor: Descriptor): void => {
    try {
      this.#update(descriptor);
    } catch (error) {
      // EBADF or ENOENT: it was closed, and perhaps its other watches are about to be cancelled.
      // ENOMEM: the selector has forgotten it.
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
      this.#onChange(); // perhaps nothing is left to wait for
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
      descriptor.kind = 'always ready'; // epoll(7) takes no regular files
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

  /** A selector that is the caller's may have been closed, or told to forget it. */
  #unregister(fd: number): void {
    if (this.#selector.getMap()?.has(fd) === true) this.#selector.unregister(fd);
  }
}
