/** The selector over select(2). */
import type { FileDescriptorLike } from '../values/index.js';
import { MAX_SECONDS } from '../values/index.js';
import { select } from '../waits/index.js';
import type { Ready } from './base.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE, type SelectorKey } from './key.js';
import { SystemSelector } from './system.js';

/**
 * A selector over select(2). If a registered file descriptor is not open, every wait throws `EBADF`.
 *
 * Mirrors https://docs.python.org/3/library/selectors.html#selectors.SelectSelector
 * @platform POSIX
 */
export class SelectSelector<Data = unknown> extends SystemSelector<Data> {
  protected override readonly longest = MAX_SECONDS;
  readonly #readers = new Set<number>();
  readonly #writers = new Set<number>();
  readonly #excepts = new Set<number>();

  protected add(fd: number, events: number): void {
    this.change(fd, events);
  }

  protected change(fd: number, events: number): void {
    setMember(this.#readers, fd, (events & EVENT_READ) !== 0);
    setMember(this.#writers, fd, (events & EVENT_WRITE) !== 0);
    setMember(this.#excepts, fd, (events & EVENT_EXCEPT) !== 0);
  }

  protected remove(fd: number): void {
    this.change(fd, 0);
  }

  protected wait(seconds: number | null): Ready<Data>[] {
    const [readers, writers, excepts] = select(
      this.#readers,
      this.#writers,
      this.#excepts,
      seconds,
    );
    if (writers.length + excepts.length === 0)
      return readers.map((fd) => this.#ready(fd, EVENT_READ));
    const ready = new Map(readers.map((fd) => [fd, EVENT_READ]));
    for (const fd of writers) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_WRITE);
    for (const fd of excepts) ready.set(fd, (ready.get(fd) ?? 0) | EVENT_EXCEPT);
    return Array.from(ready, ([fd, events]) => this.#ready(fd, events));
  }

  #ready(fd: number, events: number): Ready<Data> {
    return [this.keyOf(fd) as SelectorKey<Data>, events];
  }

  /**
   * With other events the new key has the given file object, and is the last one in the map.
   * @param fileobj - the registered object or its file descriptor
   * @param events - EVENT_READ, EVENT_WRITE or both
   * @param data - returned with the key; without it, undefined
   * @returns the new key; if nothing changes, the existing one
   * @throws as {@link BaseSelector.modify}
   */
  override modify(fileobj: FileDescriptorLike, events: number, data?: Data): SelectorKey<Data> {
    const key = this.getKey(fileobj);
    if (this.checkEvents(events) === key.events) return super.modify(fileobj, events, data);
    this.unregister(fileobj);
    return this.register(fileobj, events, data);
  }
}

function setMember(set: Set<number>, fd: number, isMember: boolean): void {
  if (isMember) set.add(fd);
  else set.delete(fd);
}
