/** Fake timers of a test runner do not stop the loop's own clock. */
import { EventLoop } from 'fdselect/loop';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SOME_LOOPS } from '../support/loops.ts';
import { closing } from '../support/sandbox.ts';

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['performance', 'Date', 'setTimeout', 'setImmediate', 'setInterval', 'clearTimeout'],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(SOME_LOOPS)('$name', ({ open, run }) => {
  test('callLater happens while performance.now() stands still', async () => {
    const loop = open();
    const calls: string[] = [];
    loop.callSoon(() => {
      calls.push('soon');
      loop.callLater(0.02, () => calls.push('later'));
    });
    await run(loop);
    expect(calls).toEqual(['soon', 'later']);
  });
});

test('the option `clock` replaces the clock in tests', () => {
  let now = 100;
  const loop = closing(new EventLoop({ clock: () => now }));
  const calls: number[] = [];
  loop.callLater(5, () => calls.push(loop.time()));
  loop.runOnce(0);
  expect(calls).toEqual([]);
  now = 105;
  loop.runOnce(0);
  expect(calls).toEqual([105]);
});
