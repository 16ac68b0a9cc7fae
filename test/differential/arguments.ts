/** Random arguments for several kinds of steps. */
import fc from 'fast-check';
import { EPOLLS, type Name } from './descriptors.ts';
import type { Kind } from './kinds.ts';

export type Step = [name: string, ...args: (Name | Name[])[]];

export type Weighted = { weight: number; arbitrary: fc.Arbitrary<Step> };

export interface Arguments {
  /** Of the script's pairs. */
  kinds: readonly Kind[];
  /** Of a pipe's or pair's end. */
  index: fc.Arbitrary<number>;
  /** Of an epoll object too. */
  anyIndex: fc.Arbitrary<number>;
  /** An end by number or as an object. */
  end: fc.Arbitrary<Name>;
  /** That, an epoll object, or now and then a bad argument. */
  fd: fc.Arbitrary<Name>;
  /** @param second - in the wait's unit */
  timeout(second: number): fc.Arbitrary<Name>;
}

/** One of `good` mostly, of `bad` now and then. */
export function mostly<T>(good: fc.Arbitrary<T>, ...bad: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 30, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}

/** How often a step comes, its name and its arguments. */
export function step(
  weight: number,
  name: string,
  ...args: fc.Arbitrary<Name | Name[]>[]
): Weighted {
  return { weight, arbitrary: fc.tuple(fc.constant(name), ...args) as fc.Arbitrary<Step> };
}

/** The arguments of a script on such pairs. */
export function argumentsFor(kinds: readonly Kind[]): Arguments {
  const ends = 2 * kinds.length;
  const index = fc.nat(ends - 1);
  const epoll = fc.integer({ min: ends, max: ends + EPOLLS - 1 });
  const anyIndex = fc.oneof({ weight: 15, arbitrary: index }, { weight: 1, arbitrary: epoll });
  const named = (number: fc.Arbitrary<number>) =>
    fc.oneof<fc.Arbitrary<Name>[]>(
      number,
      number,
      number.map((i) => `s${i}`),
    );
  return {
    kinds,
    index,
    anyIndex,
    end: named(index),
    fd: mostly<Name>(named(anyIndex), -1, -5, 'INT_MAX+1', 'null', 'text'),
    timeout: (second) =>
      mostly<Name>(
        fc.oneof(
          { weight: 9, arbitrary: fc.constant(0) },
          // Real ones, with a fraction of a millisecond.
          { weight: 1, arbitrary: fc.constantFrom(second / 1000, second / 400, second / 3000) },
        ),
        'nan',
        'text',
        '2^70',
      ),
  };
}
