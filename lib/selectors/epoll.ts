/** The selector over epoll(7). */
import { POLLIN } from '../waits/index.js';
import type { Watcher } from '../waits/internal.js';
import { Epoll } from '../waits/internal.js';
import { pollEvents, type Ready } from './base.js';
import { selectorEvents } from './poll-like.js';
import { SystemSelector } from './system.js';

/**
 * A selector over epoll(7): the cost of a wait depends only on the ready file descriptors. Regular
 * files are refused with `EPERM`.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.EpollSelector
 * @platform Linux
 */
export class EpollSelector<Data = unknown> extends SystemSelector<Data> {
  readonly #epoll = new Epoll();

  /**
   * The epoll file descriptor; it is readable while a registered file object is ready.
   * @throws Error `ERR_CLOSED`
   */
  fileno(): number {
    return this.#epoll.fileno();
  }

  override close(): void {
    super.close();
    this.#epoll.close();
  }

  protected add(fd: number, events: number): void {
    this.#epoll.register(fd, pollEvents(events));
  }

  protected change(fd: number, events: number): void {
    this.#epoll.modify(fd, pollEvents(events));
  }

  protected remove(fd: number): void {
    this.#epoll.unregister(fd);
  }

  protected wait(seconds: number | null): Ready<Data>[] {
    const ready: Ready<Data>[] = [];
    for (const [fd, events] of this.#epoll.poll(seconds)) {
      const key = this.keyOf(fd);
      if (key === undefined) continue; // a closed file with an open duplicate, under its old number
      ready.push([key, selectorEvents(events, key.events)]);
    }
    return ready;
  }

  protected override mayWaitTwice(): boolean {
    return true;
  }

  protected override readonly watchesOnly = (fd: number): boolean => {
    const map = this.getMap();
    return map?.size === 1 && this.keyOf(fd) !== undefined;
  };

  /**
   * One fd is enough: the epoll fd is readable if any registered one is ready, also after changes.
   */
  protected override watchAll(wait: Watcher): void {
    wait.watch(this.#epoll.fileno(), POLLIN, true);
  }

  protected override watchChange(): void {}
}
