/** The speeds of a replay, and the scrubber of a long one. */
import { expect, test } from 'vitest';
import { duration, gapAfter } from '../../lib/learn/replay/pace.ts';
import {
  densityOf,
  heightsOf,
  isTime,
  MAX_STEPS,
  placeAt,
  positionsOf,
} from '../../lib/learn/replay/scrubber.ts';
import { columnOf, timelineOf } from '../../lib/learn/replay/timeline.ts';
import { call, recorded } from './recordings.ts';

const MS = 1e6;
const close = (t: number) => call('close', { fd: 9, t });

/** Two calls 20 ms apart; 5 ms later a poll that sleeps for 42 ms. */
const sleeper = recorded(
  close(0),
  close(20 * MS),
  call('poll', { t: 25 * MS, d: 42 * MS, in: [[3, 1]], out: [[3, 1]], timeout: -1, ret: 1 }),
);

test('the speeds: a step each 1.5 s, the real time, ten times slower; long gaps are shortened', () => {
  const timeline = timelineOf([columnOf('poll', sleeper)]);
  const gaps = (speed: Parameters<typeof gapAfter>[2]) =>
    timeline.stops.slice(1, -1).map((_, n) => gapAfter(timeline, n + 1, speed));
  const silent = (ms: number) => ({ ms, says: null });
  expect(gaps('step')).toEqual([silent(1500), silent(1500), silent(1500)]);
  expect(gaps('1x')).toEqual([silent(20), silent(5), silent(42)]);
  expect(gaps('0.1x')).toEqual([silent(200), silent(50), { ms: 300, says: 'asleep for 42 ms' }]);
});

test('the column that takes longest tells the gap, and what it does in it', () => {
  const idle = recorded(close(0), close(1500 * MS), close(1510 * MS));
  const timeline = timelineOf([columnOf('idle', idle), columnOf('poll', sleeper)]);
  expect(gapAfter(timeline, 1, '1x')).toEqual({ ms: 300, says: 'no call for 1.5 s' });
  expect([42.4, 999, 1000, 61_000].map(duration)).toEqual(['42 ms', '999 ms', '1.0 s', '61.0 s']);
});

test('above 5000 steps the scrubber is the time, and shows where the steps are', () => {
  // All but the last in the first tenth of the time.
  const times = Array.from({ length: MAX_STEPS + 1 }, (_, n) => n * 1000);
  times.push(MAX_STEPS * 10_000);
  const long = timelineOf([columnOf('long', recorded(...times.map(close)))]);
  expect([isTime(long), isTime(timelineOf([columnOf('poll', sleeper)]))]).toEqual([true, false]);
  expect(positionsOf(long)[MAX_STEPS + 1]).toBeCloseTo(0.1);
  expect(placeAt(long, 0.05)).toBe(1 + MAX_STEPS / 2);
  expect([placeAt(long, 0), placeAt(long, 0.9)]).toEqual([0, MAX_STEPS + 2]);
  const counts = densityOf(long, 20);
  expect(counts).toEqual([MAX_STEPS / 2, MAX_STEPS / 2, 1, ...Array(16).fill(0), 1]);
  // One step can be seen beside 2500.
  const [first, , , none, ...rest] = heightsOf(counts);
  expect([first, none, rest.at(-1)]).toEqual([1, 0, expect.closeTo(0.0886, 3)]);
});
