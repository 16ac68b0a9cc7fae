/**
 * Listeners that rest: with no fd left, one is readable all the time and can accept nobody. To go
 * on watching it would be to spin, so it is not watched for a second.
 */

/** In seconds. */
const REST = 1;

/** Until when they rest, in seconds. */
const resting = new WeakMap<object, number>();

export function rest(channel: object): void {
  resting.set(channel, now() + REST);
}

/** How many seconds a channel rests for; 0: it does not rest. */
export function restLeft(channel: object): number {
  const end = resting.get(channel);
  if (end === undefined) return 0;
  const left = end - now();
  if (left > 0) return left;
  resting.delete(channel);
  return 0;
}

function now(): number {
  return performance.now() / 1000;
}
