/**
 * Listeners that rest: with no file descriptor left, a listener stays readable and can accept
 * nothing. To watch it would be to spin, so it is not watched for a second.
 */

/** In seconds. */
const REST = 1;

/** Taken once: fake timers of a test framework do not stop this clock. */
const now = performance.now.bind(performance);

/** The end of each rest, in milliseconds. */
const resting = new WeakMap<object, number>();

export function rest(channel: object): void {
  resting.set(channel, now() + REST * 1000);
}

export function endRest(channel: object): void {
  resting.delete(channel);
}

/** How many seconds are left of a rest; 0: the channel does not rest. */
export function restLeft(channel: object): number {
  const end = resting.get(channel);
  return end === undefined ? 0 : Math.max(end - now(), 0) / 1000;
}
