/** The choice of the default selector. */

import { rangeError } from '../values/index.js';
import { epoll } from '../waits/internal.js';
import type { BaseSelector } from './base.js';
import { EpollSelector } from './epoll.js';
import { PollSelector } from './poll.js';
import { SelectSelector } from './select.js';

/** A class of selectors. */
export type SelectorClass = new <Data = unknown>() => Selector<Data>;

/** The interface of all selectors. As a type of constructors, a class can extend it. */
export interface Selector<Data = unknown> extends BaseSelector<Data> {}

/** The classes by the names for FDSELECT_SELECTOR, the best one first. */
const selectorClasses = new Map<string, SelectorClass>([
  ...(epoll === undefined ? [] : [['epoll', EpollSelector] as const]),
  ['poll', PollSelector],
  ['select', SelectSelector],
]);

/**
 * The class in FDSELECT_SELECTOR, or the best one. It makes no system call, because it runs at
 * import; a process whose sandbox forbids epoll(7) sets FDSELECT_SELECTOR=poll.
 */
export function chooseSelector(): SelectorClass {
  const name = process.env.FDSELECT_SELECTOR;
  if (name === undefined) return epoll === undefined ? PollSelector : EpollSelector;
  const chosen = selectorClasses.get(name);
  if (chosen !== undefined) return chosen;
  // Thrown by the constructor, not here: a program that names its selector is not affected.
  const names = [...selectorClasses.keys()].join(', ');
  return class<Data> extends SelectSelector<Data> {
    constructor() {
      super();
      throw rangeError('FDSELECT_SELECTOR', `one of ${names}`, name);
    }
  };
}
