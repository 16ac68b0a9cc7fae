/** The statistics of the benchmarks, against values that are known. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  areApart,
  crossing,
  ENOUGH_ROUNDS,
  type Estimate,
  hasRatios,
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

test('a disturbance of both contenders in a round does not change their ratio', () => {
  const of = [10, 1000, 20, 30, 10];
  const to = of.map((value) => value / 2);
  expect(ratio({ of, to })).toMatchObject({ value: 2, low: 2, high: 2 });
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

test('the mean of several cells is taken in each round, so that they share its disturbances', () => {
  const rising = { of: [1, 2, 4, 8, 16, 32, 64], to: [1, 1, 1, 1, 1, 1, 1] };
  const falling = { of: rising.to, to: rising.of };
  const { value, low, high } = meanRatio([rising, falling]);
  for (const number of [value, low, high]) expect(number).toBeCloseTo(1);
});

test.each([
  [1, [1, 1], false],
  [2, [1, 2], false],
  [5, [1, 5], false],
  [6, [1, 6], true],
  [7, [1, 7], true],
  [8, [1, 8], true],
  [9, [2, 8], true],
  [35, [12, 24], true],
])(
  'of %i rounds the ones at the ranks %j make the interval; sure: %s',
  (n, [low, high], isSure) => {
    const of = Array.from({ length: n }, (_, i) => n - i);
    const estimate = ratio({ of, to: of.map(() => 1) });
    expect(estimate).toEqual({ value: (n + 1) / 2, low, high, isSure });
  },
);

test('as few rounds as are enough', () => {
  const ones = (length: number) => Array.from({ length }, () => 1);
  const isSure = (n: number) => ratio({ of: ones(n), to: ones(n) }).isSure;
  expect([isSure(ENOUGH_ROUNDS - 1), isSure(ENOUGH_ROUNDS)]).toEqual([false, true]);
});

test('a pair with a figure that is not above zero has no ratios, but counts have', () => {
  expect(hasRatios({ of: [1, 2], to: [3, 4] })).toBe(true);
  expect(hasRatios({ of: [1, -0.1], to: [3, 4] })).toBe(false);
  expect(hasRatios({ of: [1, 2], to: [0, 4] })).toBe(false);
  expect(hasRatios({ of: [0], to: [1], isExact: true })).toBe(true);
});

/** A linear congruence: the same noise in every run of the test. */
function noise(): () => number {
  let state = 1;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return (state + 1) / (2 ** 31 + 1);
  };
}

/** How often an interval has the true ratio in it, where the noise is that of times: skewed. */
function coverage(rounds: number): number {
  const random = noise();
  const runs = 4000;
  let covered = 0;
  for (let run = 0; run < runs; run++) {
    const times = (value: number) =>
      Array.from({ length: rounds }, () => value * (1 - 0.2 * Math.log(random())));
    const { low, high } = ratio({ of: times(150), to: times(100) });
    if (low <= 1.5 && 1.5 <= high) covered++;
  }
  return covered / runs;
}

test.each([
  [6, 0.969],
  [7, 0.984],
  [9, 0.961],
  [12, 0.961],
])(
  'the interval of %i rounds covers the true ratio with a probability of %f',
  (rounds, expected) => {
    const seen = coverage(rounds);
    expect(seen).toBeGreaterThan(expected - 0.01);
    expect(seen).toBeLessThan(expected + 0.01);
  },
);

test('three rounds cover it too seldom, and say so', () => {
  expect(coverage(3)).toBeCloseTo(0.75, 1);
  expect(ratio({ of: [1, 2, 3], to: [1, 1, 1] }).isSure).toBe(false);
});

test('estimates that overlap are not apart, and unsure ones never are', () => {
  const estimate = (low: number, high: number, isSure = true): Estimate => {
    return { value: (low + high) / 2, low, high, isSure };
  };
  const one = estimate(0.9, 1.1);
  expect(areApart(one, estimate(1.05, 1.3))).toBe(false);
  expect(areApart(one, estimate(1.15, 1.3))).toBe(true);
  expect(areApart(estimate(1.15, 1.3), one)).toBe(true);
  expect(areApart(one, estimate(1.15, 1.3, false))).toBe(false);
  expect(areApart(estimate(1.15, 1.3, false), one)).toBe(false);
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
