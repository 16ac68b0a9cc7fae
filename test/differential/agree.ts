/** Random scripts of calls, through a program of this folder in CPython and through ours. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { assertUntilMet } from './compare.ts';
import { Python } from './python.ts';

export type Step = [name: string, ...args: unknown[]];

/** An arbitrary step of a script. @param args - arbitraries of its arguments */
export function stepOf(name: string, ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Step> {
  return fc.tuple(fc.constant(name), ...args) as fc.Arbitrary<Step>;
}

/** How both sides write an error: the name of its class, or of the errno. */
function errorName(error: unknown): string {
  if (error instanceof TypeError) return 'TypeError';
  if (error instanceof RangeError) return 'RangeError';
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) throw error;
  return code === 'ENOTSUP' ? 'EOPNOTSUPP' : code; // Node's name for the number
}

/** What a script's steps are run on. */
export interface Runner {
  /** The functions behind the names of steps. */
  steps: Record<string, (...args: never[]) => unknown>;
  finish(): void;
}

function runHere(runner: Runner, steps: Step[]): unknown[] {
  try {
    return steps.map(([name, ...args]) => {
      try {
        return runner.steps[name]?.(...(args as never[])) ?? null;
      } catch (error) {
        return errorName(error);
      }
    });
  } finally {
    runner.finish();
  }
}

/**
 * Fails where an answer differs from CPython's.
 * @param outcomes - what a step and its answer are examples of
 * @param expected - the outcomes that the scripts have to meet, or they would not test much
 */
export async function agree(
  program: string,
  count: number,
  step: fc.Arbitrary<Step>,
  open: () => Runner,
  outcomes: (step: Step, answer: unknown) => string[],
  expected: string[],
): Promise<void> {
  const missing = new Set(expected);
  const python = new Python<Step[], unknown[]>(program);
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
    async (steps) => {
      const ours = JSON.parse(JSON.stringify(runHere(open(), steps)));
      const theirs = await python.ask(steps);
      for (const [i, made] of steps.entries()) {
        expect([made, ours[i]]).toEqual([made, theirs[i]]);
        for (const outcome of outcomes(made, ours[i])) missing.delete(outcome);
      }
    },
  );
  try {
    await assertUntilMet(property, count, missing);
  } finally {
    await python.close();
  }
  expect([...missing]).toEqual([]);
}
