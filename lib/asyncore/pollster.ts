/** One interface for select(2), poll(2) and epoll(7), with urgent data, which selectors lack. */
import { OSError, rangeError } from '../values/index.js';
import {
  POLLIN,
  POLLOUT,
  POLLPRI,
  Poll,
  select,
  selectAsync,
  type WaitOptions,
} from '../waits/index.js';
import { type Epoll, epoll } from '../waits/internal.js';

/** The calls that a loop can wait with. */
export type SelectorName = 'select' | 'poll' | 'epoll';

/** Ready file descriptors with their events, as bits of poll(2). */
export type ReadyList = [fd: number, revents: number][];

export interface Pollster {
  /**
   * Sets the events for which a file descriptor is watched.
   * @param events - POLLIN, POLLPRI and POLLOUT; 0: stop watching it
   * @param before - the events until now
   * @throws OSError only with epoll, which checks the file at once: `EBADF`, `EPERM`, `ENOSPC`, …
   */
  watch(fd: number, events: number, before: number): void;
  /**
   * Waits once.
   * @param seconds - null: for ever
   * @throws OSError only with select: `EBADF` if a watched file was closed
   */
  wait(seconds: number | null): ReadyList;
  /** As {@link wait}, without blocking the thread. */
  waitAsync(seconds: number | null, options: WaitOptions): Promise<ReadyList>;
  close(): void;
}

/** @throws OSError such as `EMFILE` for 'epoll'; RangeError if the system has no epoll */
export function openPollster(name: SelectorName): Pollster {
  if (name === 'select') return new SelectPollster();
  if (name === 'poll') return new PollPollster(new Poll(), 1000);
  if (epoll === undefined) throw rangeError('usePoll', 'select or poll on this system', name);
  return new PollPollster(epoll(), 1);
}

/** Poll and Epoll have the same methods, but different units of time. */
class PollPollster implements Pollster {
  readonly #poller: Poll | Epoll;
  readonly #unitsPerSecond: number;

  constructor(poller: Poll | Epoll, unitsPerSecond: number) {
    this.#poller = poller;
    this.#unitsPerSecond = unitsPerSecond;
  }

  watch(fd: number, events: number, before: number): void {
    if (before === 0) this.#poller.register(fd, events);
    else if (events !== 0) this.#poller.modify(fd, events);
    else this.#forget(fd);
  }

  wait(seconds: number | null): ReadyList {
    return this.#poller.poll(this.#timeout(seconds));
  }

  waitAsync(seconds: number | null, options: WaitOptions): Promise<ReadyList> {
    const poller = this.#poller;
    const timeout = this.#timeout(seconds);
    return 'close' in poller
      ? poller.pollAsync(timeout, -1, options)
      : poller.pollAsync(timeout, options);
  }

  close(): void {
    if ('close' in this.#poller) this.#poller.close();
  }

  #timeout(seconds: number | null): number | null {
    return seconds === null ? null : seconds * this.#unitsPerSecond;
  }

  #forget(fd: number): void {
    try {
      this.#poller.unregister(fd);
    } catch (error) {
      // epoll removes a file that is closed by itself.
      if (!(error instanceof OSError)) throw error;
    }
  }
}

class SelectPollster implements Pollster {
  readonly #readers = new Set<number>();
  readonly #writers = new Set<number>();
  readonly #excepts = new Set<number>();

  watch(fd: number, events: number): void {
    setMember(this.#readers, fd, (events & POLLIN) !== 0);
    setMember(this.#writers, fd, (events & POLLOUT) !== 0);
    setMember(this.#excepts, fd, (events & POLLPRI) !== 0);
  }

  wait(seconds: number | null): ReadyList {
    return merge(select(this.#readers, this.#writers, this.#excepts, seconds));
  }

  async waitAsync(seconds: number | null, options: WaitOptions): Promise<ReadyList> {
    return merge(await selectAsync(this.#readers, this.#writers, this.#excepts, seconds, options));
  }

  close(): void {}
}

function setMember(set: Set<number>, fd: number, isMember: boolean): void {
  if (isMember) set.add(fd);
  else set.delete(fd);
}

/** Joins select's lists to one entry per file descriptor. */
function merge([readers, writers, excepts]: [number[], number[], number[]]): ReadyList {
  const ready: ReadyList = [];
  for (const fd of readers) ready.push([fd, POLLIN]);
  if (writers.length === 0 && excepts.length === 0) return ready;
  const entries = new Map(ready.map((entry) => [entry[0], entry]));
  const add = (fd: number, event: number) => {
    const entry = entries.get(fd);
    if (entry !== undefined) entry[1] |= event;
    else entries.set(fd, [fd, event]);
  };
  for (const fd of writers) add(fd, POLLOUT);
  for (const fd of excepts) add(fd, POLLPRI);
  return [...entries.values()];
}
