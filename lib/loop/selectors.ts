/** The selectors that a loop waits with: those of `fdselect/selectors`, and exceptional events. */
import { constants } from 'node:os';
import { POLLNVAL } from '../constants.js';
import { OSError, rangeError, typeError } from '../errors.js';
import { getBlocking } from '../os.js';
import { BaseSelector } from '../selectors/base.js';
import { chooseSelector } from '../selectors/choose.js';
import { EpollSelector } from '../selectors/epoll.js';
import { EVENT_EXCEPT, EVENT_READ, EVENT_WRITE } from '../selectors/key.js';
import { PollSelector } from '../selectors/poll.js';
import { SelectSelector } from '../selectors/select.js';

/** The calls that a loop can wait with. */
export type SelectorName = 'select' | 'poll' | 'epoll';

const ALL_EVENTS = EVENT_READ | EVENT_WRITE | EVENT_EXCEPT;

class LoopSelectSelector<Data> extends SelectSelector<Data> {
  protected override readonly allEvents = ALL_EVENTS;
}

class LoopPollSelector<Data> extends PollSelector<Data> {
  protected override readonly allEvents = ALL_EVENTS;

  /** A closed file is the error here that it is to select(): ready for ever, it would keep the loop. */
  protected override eventsOf(events: number, asked: number): number {
    if ((events & POLLNVAL) !== 0) throw new OSError(constants.errno.EBADF, 'poll');
    return super.eventsOf(events, asked);
  }
}

class LoopEpollSelector<Data> extends EpollSelector<Data> {
  protected override readonly allEvents = ALL_EVENTS;
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

/** @throws RangeError, TypeError for what is neither a name nor a selector */
export function openSelector<Data>(
  wanted: SelectorName | BaseSelector<Data> | undefined,
): BaseSelector<Data> {
  if (wanted instanceof BaseSelector) return wanted;
  switch (wanted ?? defaultName()) {
    case 'select':
      return new LoopSelectSelector();
    case 'poll':
      return new LoopPollSelector();
    case 'epoll':
      return new LoopEpollSelector();
    default:
      if (typeof wanted === 'string') throw rangeError('selector', 'select, poll or epoll', wanted);
      throw typeError('selector', 'a name or a selector', wanted);
  }
}

/** What `fdselect/selectors` has chosen, with FDSELECT_SELECTOR or without. */
function defaultName(): SelectorName {
  const probe = new (chooseSelector())();
  try {
    if (probe instanceof EpollSelector) return 'epoll';
    return probe instanceof PollSelector ? 'poll' : 'select';
  } finally {
    probe.close();
  }
}
