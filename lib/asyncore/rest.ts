/** The pause of a listener that found no free file descriptor: the loop does not watch it. */
import { Rest } from '../stream/index.js';
import type { BaseChannel } from './base.js';

const resting = new WeakMap<object, Rest>();

/** Begins a rest; when it ends, the loop asks the channel again. */
export function rest(channel: BaseChannel): void {
  let rest = resting.get(channel);
  if (rest === undefined) {
    rest = new Rest(() => channel.changed());
    resting.set(channel, rest);
  }
  rest.begin();
}

/** The seconds until the end of a rest; 0: the channel does not rest. */
export function restLeft(channel: object): number {
  return resting.get(channel)?.secondsLeft() ?? 0;
}
