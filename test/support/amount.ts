/**
 * How much of a suite runs, where it repeats itself: the rows of a matrix that run the same code, and
 * random cases. `npm test` runs a part, which shows each behaviour of each program and each call that
 * it can wait with. FDSELECT_TESTS=all runs all of it: CI sets it.
 */

const { FDSELECT_TESTS = 'some' } = process.env;
if (FDSELECT_TESTS !== 'some' && FDSELECT_TESTS !== 'all') {
  throw new Error(`FDSELECT_TESTS is neither 'some' nor 'all': '${FDSELECT_TESTS}'`);
}

/** The first, or the second with FDSELECT_TESTS=all. */
export function amount<T>(some: T, all: T): T {
  return FDSELECT_TESTS === 'all' ? all : some;
}

/**
 * The selectors that a program with the option `--selector` runs on: its default. The program does not
 * know which one it has; the tests of fdselect/loop, of asyncore and of echo-selectors run on all.
 */
export const PROGRAM_SELECTORS = amount(['epoll'], ['select', 'poll', 'epoll']);

/** For vitest's `globalSetup`: prints that a part is left out. */
export function setup(): void {
  if (FDSELECT_TESTS === 'all') return;
  console.log(
    'FDSELECT_TESTS=all also runs what repeats the same code: CONTRIBUTING.md, "Commands"',
  );
}
