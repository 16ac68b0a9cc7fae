/** Selectors that also wait for out-of-band data, which Python's do not; for event loops. */
import { errnoNumber, native } from '../native/index.js';
import { OSError, rangeError, typeError } from '../values/index.js';
import { POLLNVAL } from '../waits/index.js';
import { BaseSelector } from './base.js';
import { EpollSelector } from './epoll.js';
import { FdTable } from './fd-table.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE, type SelectorKey } from './key.js';
import type { KeyTable } from './map.js';
import { PollSelector } from './poll.js';
import { SelectSelector } from './select.js';

/** The system calls of a loop's waits. */
export type SelectorName = 'select' | 'poll' | 'epoll';

const ALL_EVENTS = EVENT_READ | EVENT_WRITE | EVENT_EXCEPT;

/** Data of a loop that is its own key, so that each registration takes no memory for another one. */
export abstract class OwnKey implements SelectorKey<OwnKey> {
  readonly fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** The registered events. */
  abstract readonly events: number;

  get fileobj(): number {
    return this.fd;
  }

  get data(): this {
    return this;
  }
}

class OwnKeyTable<Data> extends FdTable<SelectorKey<Data>> {
  override set(fd: number, key: SelectorKey<Data>): void {
    super.set(fd, key.data instanceof OwnKey ? (key.data as SelectorKey<never>) : key);
  }
}

class UrgentSelectSelector<Data> extends SelectSelector<Data> {
  static override readonly name: string = 'SelectSelector'; // as the user knows it
  protected override readonly allEvents = ALL_EVENTS;

  protected override newKeys(): KeyTable<Data> {
    return new OwnKeyTable();
  }
}

class UrgentPollSelector<Data> extends PollSelector<Data> {
  static override readonly name: string = 'PollSelector'; // as the user knows it
  protected override readonly allEvents = ALL_EVENTS;

  protected override newKeys(): KeyTable<Data> {
    return new OwnKeyTable();
  }

  /** A closed file descriptor is an error, as with select(2). */
  protected override readyEvents(revents: number, key: SelectorKey<Data>): number {
    if ((revents & POLLNVAL) !== 0) throw new OSError(errnoNumber('EBADF'), 'poll');
    return super.readyEvents(revents, key);
  }
}

class UrgentEpollSelector<Data> extends EpollSelector<Data> {
  static override readonly name: string = 'EpollSelector'; // as the user knows it
  protected override readonly allEvents = ALL_EVENTS;

  protected override newKeys(): KeyTable<Data> {
    return new OwnKeyTable();
  }

  /** Whether the kernel still has a registered file: it removes files that are closed. */
  isKnown(fd: number): boolean {
    try {
      this.change(fd, this.getKey(fd).events);
      return true;
    } catch {
      return false;
    }
  }
}

/** @throws OSError such as `EMFILE`, or for 'epoll' if the system has none */
export function openUrgentSelector<Data>(name: SelectorName): BaseSelector<Data> {
  if (name === 'select') return new UrgentSelectSelector();
  return name === 'poll' ? new UrgentPollSelector() : new UrgentEpollSelector();
}

/** Whether a file is still registered, as far as that can be known. */
export function isKnown(selector: BaseSelector<unknown>, fd: number): boolean {
  return !(selector instanceof UrgentEpollSelector) || selector.isKnown(fd);
}

/** Whether a file descriptor is open. */
export function isOpen(fd: number): boolean {
  return native.getBlocking(fd) >= 0;
}

/** @throws RangeError, TypeError for a value that is not a name, a selector or undefined */
export function checkSelector(wanted: unknown): void {
  if (wanted === undefined || wanted instanceof BaseSelector) return;
  if (wanted === 'select' || wanted === 'poll' || wanted === 'epoll') return;
  if (typeof wanted === 'string') throw rangeError('selector', 'select, poll or epoll', wanted);
  throw typeError('selector', 'a name or a selector', wanted);
}
