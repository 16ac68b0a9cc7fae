/** Runs the `main` of one component, step by step. Axon's `microprocess`. */

import type { DelayedCall } from '../loop/index.js';
import { currentContext } from '../loop/internal.js';
import { observe } from '../native/index.js';
import { typeError } from '../values/index.js';
import type { Component } from './component.js';
import type { Scheduler } from './scheduler.js';
import { Sleep } from './sleep.js';

/** The part of a component that its scheduler uses. */
export interface Body {
  readonly component: Component;
  main(): unknown;
  /** Whether it must wait until its messages are taken. */
  isHeldBack(): boolean;
  /** It has ended, for any reason: called once. */
  ended(): void;
}

type Step = IteratorResult<unknown>;

/** The steps of any kind of `main`: a generator answers at once, the others return promises. */
interface Steps {
  next(): Step | Promise<Step>;
  return?(value: undefined): unknown;
}

export class Microprocess {
  readonly #scheduler: Scheduler;
  readonly #body: Body;
  /** The async context of the call that has activated the component. */
  readonly #context = currentContext();
  #steps: Steps | null = null;
  /** It is in the scheduler's queue. */
  #isQueued = false;
  #isStepping = false;
  /** It sleeps: only the end of its time wakes it. */
  #isAsleep = false;
  /** It was not continued because a box that it feeds is full. */
  #isHeld = false;
  /** Since its step began, something has happened that would have woken it. */
  #isWoken = false;
  /** It has asked for a pause of at most this many seconds. */
  #pause: { seconds: number | undefined } | null = null;
  #timer: DelayedCall | null = null;
  #isStopping = false;
  #hasEnded = false;

  constructor(scheduler: Scheduler, body: Body) {
    this.#scheduler = scheduler;
    this.#body = body;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether it has paused and nothing has happened since. */
  get isIdle(): boolean {
    const isBusy = this.#isQueued || this.#isStepping || this.#isAsleep || this.#isHeld;
    return !isBusy && !this.#hasEnded;
  }

  pause(seconds: number | undefined): void {
    this.#pause = { seconds };
  }

  /** Something has happened for which a paused component waits. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isQueued || this.#isStepping || this.#isAsleep || this.#hasEnded) return;
    this.#queue();
  }

  /** Runs it up to its next yield, unless it is held back. */
  step(): void {
    this.#isQueued = false;
    if (this.#hasEnded) return;
    this.#isHeld = this.#body.isHeldBack();
    if (this.#isHeld) return;
    this.#isWoken = false;
    this.#pause = null;
    this.#isStepping = true;
    try {
      const step = this.#context.runInAsyncScope(this.#next, this);
      if (step instanceof Promise) step.then(this.#afterStep, this.#fail);
      else this.#afterStep(step);
    } catch (error) {
      this.#fail(error);
    }
  }

  static {
    observe(Microprocess.prototype, 'step', (one) => ({
      what: `step of ${one.#body.component.name}`,
    }));
  }

  /** Ends it and runs its `finally` blocks; a running step is finished first. */
  stop(): void {
    if (this.#hasEnded) return;
    this.#isStopping = true;
    if (!this.#isStepping) this.#leave();
    // A promise that it awaits may stay pending for ever.
    else if (this.#steps !== null && !isGenerator(this.#steps)) this.#leave();
  }

  #next(): Step | Promise<Step> {
    this.#steps ??= this.#begin();
    return this.#steps.next();
  }

  #begin(): Steps {
    const main = this.#body.main();
    if (isGenerator(main)) return main;
    const isAsyncGenerator = isObject(main) && Symbol.asyncIterator in main;
    if (!isAsyncGenerator && !(main instanceof Promise)) {
      const { name } = this.#body.component;
      throw typeError(`the result of main() of ${name}`, 'a generator or a promise', main);
    }
    const steps = isAsyncGenerator
      ? (main as AsyncGenerator)
      : { next: () => main.then((value): Step => ({ done: true, value })) };
    if (this.#scheduler.isAsync) return steps;
    if (!isAsyncGenerator) main.catch(() => {}); // it has an error already
    const error = new Error('an asynchronous main() needs runAsync(): run() blocks the thread');
    throw Object.assign(error, { code: 'ERR_ASYNC_MAIN' });
  }

  readonly #afterStep = (step: Step): void => {
    this.#isStepping = false;
    if (this.#hasEnded) return;
    if (step.done === true) this.#end();
    else if (this.#isStopping) this.#leave();
    else if (step.value instanceof Sleep) this.#sleep(step.value);
    else if (this.#pause === null || this.#isWoken) this.#queue();
    else if (this.#pause.seconds !== undefined) this.#wakeIn(this.#pause.seconds);
  };

  readonly #fail = (error: unknown): void => {
    this.#isStepping = false;
    if (this.#hasEnded) return;
    this.#scheduler.report(error, this.#body.component);
    this.#end();
  };

  #sleep({ until }: Sleep): void {
    const now = this.#scheduler.loop.time();
    this.#isAsleep = true;
    this.#wakeIn(Math.max(until(now) - now, 0));
  }

  #wakeIn(seconds: number): void {
    this.#timer = this.#scheduler.loop.callLater(seconds, () => {
      this.#isAsleep = false;
      this.#queue();
    });
  }

  #queue(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#isQueued = true;
    this.#scheduler.queue(this);
  }

  #leave(): void {
    this.#hasEnded = true;
    try {
      const left = this.#steps?.return?.(undefined);
      if (left instanceof Promise) left.catch(this.#report);
    } catch (error) {
      this.#report(error);
    }
    this.#end();
  }

  #end(): void {
    this.#hasEnded = true;
    this.#timer?.cancel();
    try {
      this.#body.ended();
    } catch (error) {
      this.#report(error);
    }
    this.#scheduler.remove(this);
  }

  readonly #report = (error: unknown): void => {
    this.#scheduler.report(error, this.#body.component);
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isGenerator(value: unknown): value is Generator {
  return isObject(value) && Symbol.iterator in value && 'next' in value;
}
