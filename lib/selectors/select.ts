/** The selector over select(2). */
import type { FileDescriptorLike } from '../fileno.js';
import { select } from '../select.js';
import { selectTimeout } from '../timeout.js';
import { checkEvents, type Ready, SystemSelector } from './base.js';
import { EVENT_READ, EVENT_WRITE, type SelectorKey } from './key.js';

/**
 * A selector over select(2). A registered file descriptor that is not open makes every wait an
 * `EBADF`.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.SelectSelector
 * @platform POSIX
 */
export class SelectSelector<Data = unknown> extends SystemSelector<Data> {
  readonly #readers = new Set<number>();
  readonly #writers = new Set<number>();

  protected add(fd: number, events: number): void {
    this.change(fd, events);
  }

  protected change(fd: number, events: number): void {
    if ((events & EVENT_READ) !== 0) this.#readers.add(fd);
    else this.#readers.delete(fd);
    if ((events & EVENT_WRITE) !== 0) this.#writers.add(fd);
    else this.#writers.delete(fd);
  }

  protected remove(fd: number): void {
    this.change(fd, 0);
  }

  protected milliseconds(seconds: number): number {
    return selectTimeout(seconds) / 1000;
  }

  protected wait(seconds: number | null): Ready<Data>[] {
    const [readable, writable] = select(this.#readers, this.#writers, [], seconds);
    const ready = new Map<number, number>();
    for (const fd of readable) ready.set(fd, EVENT_READ);
    for (const fd of writable) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_WRITE);
    return Array.from(ready, ([fd, events]) => [this.keyOf(fd) as SelectorKey<Data>, events]);
  }

  /** With other events the key gets the file object that is given, and the last place. */
  override modify(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
    const key = this.getKey(fileobj);
    if (checkEvents(events) === key.events) return super.modify(fileobj, events, data);
    this.unregister(fileobj);
    return this.register(fileobj, events, data);
  }
}
