/** What a call throws, and the three kinds of error that Python's become. */
import { expect } from 'vitest';

export function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

export const typeError: unknown = expect.objectContaining({
  name: 'TypeError',
  code: 'ERR_INVALID_ARG_TYPE',
});

export const rangeError: unknown = expect.objectContaining({
  name: 'RangeError',
  code: 'ERR_OUT_OF_RANGE',
});

export function osError(code: string, syscall?: string): unknown {
  const name = { name: 'OSError', code };
  return expect.objectContaining(syscall === undefined ? name : { ...name, syscall });
}
