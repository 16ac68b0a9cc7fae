/** Which selector is the best one here. */

import { epoll } from '../epoll.js';
import { rangeError } from '../errors.js';
import type { BaseSelector } from './base.js';
import { EpollSelector } from './epoll.js';
import { PollSelector } from './poll.js';
import { SelectSelector } from './select.js';

/** A class of selectors. */
export type SelectorClass = new <Data = unknown>() => Selector<Data>;

/** What a selector of any class can do: of this type, a class can be extended. */
export interface Selector<Data = unknown> extends BaseSelector<Data> {}

/** By the names that FDSELECT_SELECTOR and the programs know them by, the best one first. */
export const selectorClasses = new Map<string, SelectorClass>([
  ...(epoll === undefined ? [] : [['epoll', EpollSelector] as const]),
  ['poll', PollSelector],
  ['select', SelectSelector],
]);

/** Makes selectors in order to see which work: not to be called where nobody may want one. */
export function chooseSelector(): SelectorClass {
  const name = process.env.FDSELECT_SELECTOR;
  if (name === undefined) return [...selectorClasses.values()].find(works) ?? SelectSelector;
  const chosen = selectorClasses.get(name);
  if (chosen !== undefined) return chosen;
  // Not at once: a program that names its selector is not concerned.
  const names = [...selectorClasses.keys()].join(', ');
  return class<Data> extends SelectSelector<Data> {
    constructor() {
      super();
      throw rangeError('FDSELECT_SELECTOR', `one of ${names}`, name);
    }
  };
}

/** Whether the system makes one: a sandbox may forbid a call that the headers have. */
function works(candidate: SelectorClass): boolean {
  try {
    const selector = new candidate();
    selector.select(0);
    selector.close();
    return true;
  } catch {
    return false;
  }
}
