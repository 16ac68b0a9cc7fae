/** The selector over poll(2). */
import { Poll } from '../poll.js';
import { pollEvents, type Ready, SystemSelector } from './base.js';
import { selectorEvents } from './poll-like.js';

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
      if (key !== undefined) ready.push([key, this.eventsOf(events, key.events)]);
    }
    return ready;
  }

  /** The selector's events among those of a file descriptor. */
  protected eventsOf(events: number, asked: number): number {
    return selectorEvents(events, asked);
  }
}
