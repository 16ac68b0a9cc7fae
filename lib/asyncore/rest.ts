/** The rest of a listener that has found no free file descriptor; the loop does not watch it. */
import { Rest } from '../stream/index.js';
import type { BaseChannel } from './base.js';

const resting = new WeakMap<object, Rest>();

/** Begins a rest; the loop asks the channel again when it is over. */
export function rest(channel: BaseChannel): void {
  let rest = resting.get(channel);
  if (rest === undefined) {
    rest = new Rest(() => channel.changed());
    resting.set(channel, rest);
  }
  rest.begin();
}

/** How many seconds are left of a rest; 0: the channel does not rest. */
export function restLeft(channel: object): number {
  return resting.get(channel)?.secondsLeft() ?? 0;
}
