/** Schedulers that wait with several calls, blocking and not: for `describe.each`. */
import { Component, Scheduler, type SchedulerOptions } from 'fdselect/components';
import { onTestFinished } from 'vitest';
import { type LoopMode, SOME_LOOPS } from './loops.ts';
import { closing } from './sandbox.ts';

/** A limit for failing tests; no test waits for it to pass. */
const DEADLINE_SECONDS = 15;

export interface SchedulerMode extends Pick<LoopMode, 'name' | 'selector' | 'isAsync' | 'run'> {
  /**
   * A scheduler on this selector, closed at the end of the test. Without an `onError` of the test's
   * own, an error that is reported fails the test.
   */
  open(options?: Pick<SchedulerOptions, 'onError'>): Scheduler;
  /** Runs until the condition is true, and stops. */
  runUntil(scheduler: Scheduler, condition: () => boolean, what?: string): Promise<void>;
}

function schedulerMode({ name, selector, isAsync, run }: LoopMode): SchedulerMode {
  return {
    name,
    selector,
    isAsync,
    run,
    open: (options = {}) => {
      const errors: unknown[] = [];
      onTestFinished(() => {
        if (errors.length > 0) throw errors[0];
      });
      const onError = (error: unknown) => errors.push(error);
      return closing(new Scheduler({ onError, ...options, selector }));
    },
    runUntil: async (scheduler, condition, what = 'the condition') => {
      const looker = new Looker(condition).activate(scheduler);
      await run(scheduler);
      if (!looker.isTrue) throw new Error(`not within ${DEADLINE_SECONDS} s: ${what}`);
    },
  };
}

/** Looks at a condition now and then, and stops its scheduler when it is true. */
class Looker extends Component {
  isTrue = false;
  readonly #condition: () => boolean;

  constructor(condition: () => boolean) {
    super();
    this.#condition = condition;
  }

  *main() {
    const deadline = performance.now() + 1000 * DEADLINE_SECONDS;
    while (!this.isTrue && performance.now() < deadline) {
      this.isTrue = this.#condition();
      this.pause(0.002);
      yield;
    }
    this.scheduler.stop();
  }
}

/** `describe.each(SCHEDULERS)('$name', ({ open, run }) => …)` */
export const SCHEDULERS: SchedulerMode[] = SOME_LOOPS.map(schedulerMode);
