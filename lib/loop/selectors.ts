/** The selectors of a loop: those of `fdselect/selectors`, extended by exceptional events. */
import { constants } from 'node:os';
import { getBlocking } from '../os/index.js';
import {
  BaseSelector,
  EVENT_READ,
  EVENT_WRITE,
  PollSelector,
  type SelectorKey,
  SelectSelector,
} from '../selectors/index.js';
import type { KeyTable } from '../selectors/internal.js';
import { chooseSelector, EpollSelector, EVENT_EXCEPT } from '../selectors/internal.js';
import { OSError, rangeError, typeError } from '../values/index.js';
import { POLLNVAL } from '../waits/index.js';
import { Descriptor } from './descriptor.js';
import { FdTable } from './fd-table.js';

/** The system calls of a loop's waits. */
export type SelectorName = 'select' | 'poll' | 'epoll';

const ALL_EVENTS = EVENT_READ | EVENT_WRITE | EVENT_EXCEPT;

/** Stores the loop's Descriptor as the key, so that the selector's own key is not needed. */
class DescriptorTable<Data> extends FdTable<SelectorKey<Data>> {
  override set(fd: number, key: SelectorKey<Data>): void {
    super.set(fd, key.data instanceof Descriptor ? key.data : key);
  }
}

class LoopSelectSelector<Data> extends SelectSelector<Data> {
  protected override readonly allEvents = ALL_EVENTS;

  protected override newKeys(): KeyTable<Data> {
    return new DescriptorTable();
  }
}

class LoopPollSelector<Data> extends PollSelector<Data> {
  protected override readonly allEvents = ALL_EVENTS;

  protected override newKeys(): KeyTable<Data> {
    return new DescriptorTable();
  }

  /** A closed file descriptor is an error, as with select(2). */
  protected override readyEvents(revents: number, key: SelectorKey<Data>): number {
    if ((revents & POLLNVAL) !== 0) throw new OSError(constants.errno.EBADF, 'poll');
    return super.readyEvents(revents, key);
  }
}

class LoopEpollSelector<Data> extends EpollSelector<Data> {
  protected override readonly allEvents = ALL_EVENTS;

  protected override newKeys(): KeyTable<Data> {
    return new DescriptorTable();
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

/** Whether a file is still registered, as far as that can be known. */
export function isKnown(selector: BaseSelector<unknown>, fd: number): boolean {
  return !(selector instanceof LoopEpollSelector) || selector.isKnown(fd);
}

/**
 * Checks that an fd is open: epoll(7) does it when the fd is registered, the others only at the wait.
 * @throws OSError `EBADF`
 */
export function checkIsOpen(selector: BaseSelector<unknown>, fd: number): void {
  if (!(selector instanceof EpollSelector)) getBlocking(fd);
}

/** Whether a file descriptor is open. */
export function isOpen(fd: number): boolean {
  try {
    getBlocking(fd);
    return true;
  } catch {
    return false;
  }
}

/** @throws RangeError, TypeError for a value that is not a name, a selector or undefined */
export function checkSelector(wanted: unknown): void {
  if (wanted === undefined || wanted instanceof BaseSelector) return;
  if (wanted === 'select' || wanted === 'poll' || wanted === 'epoll') return;
  if (typeof wanted === 'string') throw rangeError('selector', 'select, poll or epoll', wanted);
  throw typeError('selector', 'a name or a selector', wanted);
}

/** @throws as {@link checkSelector} */
export function openSelector<Data>(
  wanted: SelectorName | BaseSelector<Data> | undefined,
): BaseSelector<Data> {
  checkSelector(wanted);
  if (wanted instanceof BaseSelector) return wanted;
  switch (wanted ?? defaultName()) {
    case 'select':
      return new LoopSelectSelector();
    case 'poll':
      return new LoopPollSelector();
    case 'epoll':
      return new LoopEpollSelector();
  }
}

/** The name of `DefaultSelector`, with or without FDSELECT_SELECTOR. */
function defaultName(): SelectorName {
  const probe = new (chooseSelector())();
  try {
    if (probe instanceof EpollSelector) return 'epoll';
    return probe instanceof PollSelector ? 'poll' : 'select';
  } finally {
    probe.close();
  }
}
