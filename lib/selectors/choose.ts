/** Which selector is the best one here. */

import { rangeError } from '../values/index.js';
import { epoll } from '../waits/internal.js';
import type { BaseSelector } from './base.js';
import { EpollSelector } from './epoll.js';
import { PollSelector } from './poll.js';
import { SelectSelector } from './select.js';

/** A class of selectors. */
export type SelectorClass = new <Data = unknown>() => Selector<Data>;

/** What a selector of any class can do: of this type, a class can be extended. */
export interface Selector<Data = unknown> extends BaseSelector<Data> {}

/** By the names that FDSELECT_SELECTOR takes, the best one first. */
export const selectorClasses = new Map<string, SelectorClass>([
  ...(epoll === undefined ? [] : [['epoll', EpollSelector] as const]),
  ['poll', PollSelector],
  ['select', SelectSelector],
]);

/**
 * The class that FDSELECT_SELECTOR names, or the best one. It makes no system call: an import must
 * not, and a process whose sandbox forbids epoll(7) sets FDSELECT_SELECTOR=poll.
 */
export function chooseSelector(): SelectorClass {
  const name = process.env.FDSELECT_SELECTOR;
  if (name === undefined) return epoll === undefined ? PollSelector : EpollSelector;
  const chosen = selectorClasses.get(name);
  if (chosen !== undefined) return chosen;
  // Thrown by the constructor, not here: a program that names its selector is not concerned.
  const names = [...selectorClasses.keys()].join(', ');
  return class<Data> extends SelectSelector<Data> {
    constructor() {
      super();
      throw rangeError('FDSELECT_SELECTOR', `one of ${names}`, name);
    }
  };
}
