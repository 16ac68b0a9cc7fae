/** The selector over poll(2). */
import { Poll } from '../waits/index.js';
import { pollEvents, type Ready } from './base.js';
import type { SelectorKey } from './key.js';
import { selectorEvents } from './poll-like.js';
import { SystemSelector } from './system.js';

/**
 * A selector over poll(2). A registered file descriptor that is not open is ready for everything.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.PollSelector
 * @platform POSIX
 */
export class PollSelector<Data = unknown> extends SystemSelector<Data> {
  readonly #poll = new Poll();

  protected add(fd: number, events: number): void {
    this.#poll.register(fd, pollEvents(events));
  }

  protected change(fd: number, events: number): void {
    this.#poll.modify(fd, pollEvents(events));
  }

  protected remove(fd: number): void {
    this.#poll.unregister(fd);
  }

  protected wait(seconds: number | null): Ready<Data>[] {
    const ready: Ready<Data>[] = [];
    for (const [fd, events] of this.#poll.poll(seconds === null ? null : seconds * 1000)) {
      const key = this.keyOf(fd);
      if (key !== undefined) ready.push([key, this.readyEvents(events, key)]);
    }
    return ready;
  }

  /** The selector's events for poll's events of a key. */
  protected readyEvents(revents: number, key: SelectorKey<Data>): number {
    return selectorEvents(revents, key.events);
  }
}
