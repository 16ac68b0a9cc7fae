/** The event loop with each call that it can wait with, blocking and not: for `describe.each`. */
import { EventLoop, type EventLoopOptions, type SelectorName } from 'fdselect/loop';
import { onTestFinished } from 'vitest';
import { amount } from './amount.ts';
import { closing } from './sandbox.ts';
import './waiter.ts';

/** An event loop, or a framework on one. */
interface Runnable {
  run(): void;
  runAsync(): Promise<void>;
}

/** A limit for failing tests; no test waits for it to pass. */
const DEADLINE_SECONDS = 15;

/** One way to run a loop. */
export interface LoopMode {
  /** Title of the suite: 'epoll, runAsync'. */
  name: string;
  selector: SelectorName;
  isAsync: boolean;
  /**
   * A loop on this selector, closed at the end of the test. Without an `onError` of the test's own,
   * an error that is reported fails the test.
   */
  open(options?: Omit<EventLoopOptions, 'selector'>): EventLoop;
  /** `run()` or `runAsync()`, until that ends by itself. */
  run(runnable: Runnable): Promise<void>;
  /** Runs until the condition is true, which is looked at before each wait and now and then. */
  runUntil(loop: EventLoop, condition: () => boolean, what?: string): Promise<void>;
  /** `runOnce()` or `runOnceAsync()`. */
  turn(loop: EventLoop, seconds?: number | null): Promise<void>;
}

async function runUntil(
  run: (loop: EventLoop) => Promise<void>,
  loop: EventLoop,
  condition: () => boolean,
  what: string,
): Promise<void> {
  let isTrue = false;
  const undo = loop.onPrepare(() => {
    isTrue ||= condition();
    if (isTrue) loop.stop();
  });
  // What the condition looks at need not be anything that ends a wait.
  const looks = loop.callEvery(0.005, () => {});
  const deadline = loop.callLater(DEADLINE_SECONDS, () => loop.stop());
  try {
    await run(loop);
  } finally {
    undo();
    looks.cancel();
    deadline.cancel();
  }
  if (!isTrue) throw new Error(`not within ${DEADLINE_SECONDS} s: ${what}`);
}

function openLoop(selector: SelectorName, options: Omit<EventLoopOptions, 'selector'>): EventLoop {
  const errors: unknown[] = [];
  onTestFinished(() => {
    if (errors.length > 0) throw errors[0];
  });
  return closing(new EventLoop({ onError: (error) => errors.push(error), ...options, selector }));
}

function loopMode(selector: SelectorName, isAsync: boolean): LoopMode {
  const run = async (runnable: Runnable) => {
    if (isAsync) await runnable.runAsync();
    else runnable.run();
  };
  return {
    name: `${selector}, ${isAsync ? 'runAsync' : 'run'}`,
    selector,
    isAsync,
    open: (options = {}) => openLoop(selector, options),
    run,
    runUntil: (loop, condition, what = 'the condition') => runUntil(run, loop, condition, what),
    turn: async (loop, seconds) => {
      if (isAsync) await loop.runOnceAsync(seconds);
      else loop.runOnce(seconds);
    },
  };
}

export const SELECTORS = ['select', 'poll', 'epoll'] as const;

/** `describe.each(LOOPS)('$name', ({ open, run }) => …)` */
export const LOOPS: LoopMode[] = SELECTORS.flatMap((selector) => [
  loopMode(selector, false),
  loopMode(selector, true),
]);

/** The same for what runs on the loop and does not know its selector: connections, frameworks. */
export const SOME_LOOPS: LoopMode[] = amount(
  [loopMode('poll', false), loopMode('epoll', true)],
  LOOPS,
);
