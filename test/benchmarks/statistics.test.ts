/** The statistics of the benchmarks, against values that are known. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  areApart,
  crossing,
  meanRatio,
  medianCurve,
  pairedRatios,
  ratio,
  spread,
} from '../../benchmarks/runner/statistics.ts';

/** Times as one measures them. */
const time = fc.double({ min: 1, max: 1e9, noNaN: true });

const pair = fc.integer({ min: 3, max: 15 }).chain((rounds) =>
  fc.record({
    of: fc.array(time, { minLength: rounds, maxLength: rounds }),
    to: fc.array(time, { minLength: rounds, maxLength: rounds }),
  }),
);

test('median and quartiles', () => {
  expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spread([7])).toEqual({ median: 7, low: 7, high: 7 });
});

test('ratios are taken round by round', () => {
  expect(pairedRatios({ of: [2, 30], to: [1, 10] })).toEqual([2, 3]);
  expect(() => pairedRatios({ of: [1], to: [1, 2] })).toThrow('1 values beside 2');
});

test('what disturbs both contenders of a round does not change their ratio', () => {
  const of = [10, 1000, 20, 30, 10];
  const to = of.map((value) => value / 2);
  expect(ratio({ of, to })).toEqual({ value: 2, low: 2, high: 2 });
});

test('one round that went wrong does not change the ratio', () => {
  const { value } = ratio({ of: [2, 2, 2, 2, 900], to: [1, 1, 1, 1, 1] });
  expect(value).toBe(2);
});

test('the mean over cells is the geometric one', () => {
  const double = { of: [2, 2, 2], to: [1, 1, 1] };
  const eight = { of: [8, 8, 8], to: [1, 1, 1] };
  expect(meanRatio([double, eight]).value).toBeCloseTo(4);
});

test('the interval has the value in it, and is that of the inverse ratio inverted', () => {
  fc.assert(
    fc.property(pair, ({ of, to }) => {
      const { value, low, high } = ratio({ of, to });
      expect(low).toBeLessThanOrEqual(value * (1 + 1e-9));
      expect(high).toBeGreaterThanOrEqual(value * (1 - 1e-9));
      if (of.length % 2 === 1) {
        expect(ratio({ of: to, to: of }).value * value).toBeCloseTo(1);
      }
    }),
    { numRuns: 30 },
  );
});

test('another unit changes nothing', () => {
  fc.assert(
    fc.property(pair, time, ({ of, to }, unit) => {
      const scaled = { of: of.map((n) => n * unit), to: to.map((n) => n * unit) };
      expect(ratio(scaled).value / ratio({ of, to }).value).toBeCloseTo(1);
    }),
    { numRuns: 30 },
  );
});

test('the same measurements give the same interval', () => {
  const noisy = { of: [3, 1, 4, 1, 5, 9, 2], to: [2, 7, 1, 8, 2, 8, 1] };
  expect(ratio(noisy)).toEqual(ratio(noisy));
});

test('the interval of noisy rounds covers the true ratio about as often as it says', () => {
  // A linear congruence: the same noise in every run of the test.
  let state = 1;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  let covered = 0;
  const runs = 200;
  for (let run = 0; run < runs; run++) {
    const to = Array.from({ length: 9 }, () => 100 * (1 + 0.2 * random()));
    const of = to.map((value) => value * 1.5 * (1 + 0.1 * (random() - 0.5)));
    const { low, high } = ratio({ of, to });
    if (low <= 1.5 && 1.5 <= high) covered++;
  }
  expect(covered / runs).toBeGreaterThan(0.88);
  expect(covered / runs).toBeLessThanOrEqual(1);
});

test('estimates that overlap are not apart', () => {
  const one = { value: 1, low: 0.9, high: 1.1 };
  expect(areApart(one, { value: 1.2, low: 1.05, high: 1.3 })).toBe(false);
  expect(areApart(one, { value: 1.2, low: 1.15, high: 1.3 })).toBe(true);
  expect(areApart({ value: 1.2, low: 1.15, high: 1.3 }, one)).toBe(true);
});

test('where curves cross', () => {
  const xs = [1, 10, 100, 1000];
  const rising = [1, 10, 100, 1000];
  expect(crossing(xs, rising, [30, 30, 30, 30])).toBeCloseTo(30);
  expect(crossing(xs, rising, [2000, 2000, 2000, 2000])).toBeNull();
  expect(crossing(xs, [30, 30, 30, 30], rising)).toBeCloseTo(30);
});

test('the median of distributions, share by share, as far as the shortest one reaches', () => {
  const curves: [number, number][][] = [
    [
      [10, 0],
      [30, 0.5],
      [900, 0.9],
    ],
    [
      [12, 0],
      [20, 0.5],
    ],
    [
      [50, 0],
      [25, 0.5],
      [60, 0.9],
    ],
  ];
  expect(medianCurve(curves)).toEqual([
    [12, 0],
    [25, 0.5],
  ]);
});
