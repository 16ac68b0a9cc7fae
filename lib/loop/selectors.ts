/** The selector of a loop: the one that the program names or passes, or the best one. */
import { getBlocking } from '../os/internal.js';
import { BaseSelector, PollSelector } from '../selectors/index.js';
import {
  checkSelector,
  chooseSelector,
  EpollSelector,
  openUrgentSelector,
  type SelectorName,
} from '../selectors/internal.js';

export type { SelectorName };

/**
 * Checks that an fd is open: epoll(7) does it when the fd is registered, the others only at the wait.
 * @throws OSError `EBADF`
 */
export function checkIsOpen(selector: BaseSelector<unknown>, fd: number): void {
  if (!(selector instanceof EpollSelector)) getBlocking(fd);
}

/** @throws as {@link checkSelector} */
export function openSelector<Data>(
  wanted: SelectorName | BaseSelector<Data> | undefined,
): BaseSelector<Data> {
  checkSelector(wanted);
  if (wanted instanceof BaseSelector) return wanted;
  return openUrgentSelector(wanted ?? defaultName());
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
