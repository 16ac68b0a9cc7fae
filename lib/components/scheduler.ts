/** The scheduler of components: it continues those that have something to do, one after another. */

import { EventLoop, type EventLoopOptions } from '../loop/index.js';
import { printError } from '../loop/internal.js';
import { showAs, toOptions, typeError } from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import type { Component } from './component.js';
import { NoSpaceInBox } from './errors.js';
import { type Body, Microprocess } from './microprocess.js';

/** The options of a {@link Scheduler}. */
export interface SchedulerOptions {
  /** The system call of the waits, as for `EventLoop`. Default: the best one. */
  selector?: EventLoopOptions['selector'];
  /**
   * Gets the errors of components; `component` is null if it is unknown. Default: prints the error
   * to stderr. An error of this function itself is printed.
   */
  onError?: ((error: unknown, component: Component | null) => void) | undefined;
}

/**
 * Runs components: it continues each one that is not paused up to its next `yield`, in turn; between
 * such rounds, and when all of them are paused, it waits for sockets and times in an event loop.
 *
 * A component that throws ends; the others continue.
 *
 * Mirrors Axon's `scheduler`: https://www.kamaelia.org/Docs/Axon/Axon.html
 * @platform POSIX
 */
export class Scheduler {
  readonly #options: EventLoopOptions;
  readonly #onError: (error: unknown, component: Component | null) => void;
  /** Made on first use and closed when `run` ends: a scheduler that does not run has no fd. */
  #loop: EventLoop | null = null;
  readonly #processes = new Set<Microprocess>();
  #runnable: Microprocess[] = [];
  #mode: 'sync' | 'async' | null = null;
  #isRoundDue = false;
  #isStopping = false;
  /** All components have ended: those that are activated now end at once. */
  #isOver = false;
  /** Lets the loop end. */
  #release: (() => void) | null = null;
  #undoPrepare: (() => void) | null = null;

  /**
   * @param options - see {@link SchedulerOptions}
   * @throws RangeError, TypeError for bad options; OSError if no fd is left
   */
  constructor(options: SchedulerOptions = {}) {
    const { selector, onError } = toOptions(options);
    if (onError !== undefined && typeof onError !== 'function') {
      throw typeError('onError', 'a function', onError);
    }
    this.#onError = onError ?? printReport;
    this.#options = {
      selector,
      onError: (error, where) => {
        if (onError === undefined && where === 'onConnection') printError(error, where);
        else this.report(error, null);
      },
    };
    new EventLoop(this.#options).close(); // reports bad options now, not later
  }

  static {
    showAs(Scheduler.prototype, 'Scheduler', (scheduler) => ({
      running: scheduler.#mode !== null,
      components: scheduler.#processes.size,
    }));
  }

  /**
   * Its event loop, for your own watches and timers, which do not keep it running. It is closed when
   * `run` or `runAsync` ends; the next use makes a new one.
   */
  get loop(): EventLoop {
    this.#loop ??= new EventLoop(this.#options);
    return this.#loop;
  }

  /** Whether `runAsync` is running. */
  get isAsync(): boolean {
    return this.#mode === 'async';
  }

  /**
   * Runs until no component is left and all connections are closed, or until {@link stop}. As it
   * blocks the thread, it also ends if all remaining components are paused and no socket and no time
   * could wake one: then it ends them.
   *
   * @throws Error `ERR_LOOP_RUNNING` if it runs already; OSError such as `EMFILE` if no fd is left
   */
  run(): void {
    const loop = this.#start('sync');
    try {
      loop.run();
      if (this.#processes.size === 0) return;
      this.#endAll();
      loop.run();
    } finally {
      this.#finish();
    }
  }

  /**
   * As {@link run}, but Node's own event loop continues and may wake a component, so it runs as long
   * as one is left. Only here may `main` be asynchronous.
   *
   * @param options - `signal`: ends the run when it is aborted
   * @returns a promise for the end; rejected with the signal's reason (then the components stay
   *   until {@link stop} or the next run) or with the errors of {@link run}
   */
  async runAsync(options?: WaitOptions): Promise<void> {
    const loop = this.#start('async');
    try {
      await loop.runAsync(options);
    } finally {
      this.#finish();
    }
  }

  /**
   * Ends all components after the current round, and closes all connections gracefully: their data
   * is sent, then the end of file; data that still comes from the peers is dropped. This takes two
   * seconds at most, then `run` returns. Idempotent. If it does not run, the same as {@link close}.
   */
  stop(): void {
    if (this.#mode === null) this.close();
    else if (!this.#isStopping) {
      this.#isStopping = true;
      this.loop.callSoon(() => this.#endAll());
    }
  }

  /** Ends all components, resets all connections at once, and ends `run`. Idempotent. */
  close(): void {
    this.#isStopping = true;
    this.#endAll();
    this.#loop?.close();
    if (this.#mode === null) this.#finish();
  }

  /** The same as {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Takes a component in; for `Component.activate` only. */
  admit(body: Body): Microprocess {
    const process = new Microprocess(this, body);
    this.#processes.add(process);
    this.#holdOrRelease();
    if (this.#isOver) process.stop();
    return process;
  }

  /** Notes that a component has something to do; for `Component` only. */
  queue(process: Microprocess): void {
    this.#runnable.push(process);
    this.#plan();
  }

  /** Notes that a component has ended; for `Component` only. */
  remove(process: Microprocess): void {
    this.#processes.delete(process);
    this.#holdOrRelease();
  }

  /**
   * Passes an error to `onError`; never throws.
   * @param error - any value
   * @param component - the one that has failed; null if it is unknown
   */
  report(error: unknown, component: Component | null): void {
    try {
      this.#onError(error, component);
    } catch (another) {
      printError(another, 'onError');
    }
  }

  #start(mode: 'sync' | 'async'): EventLoop {
    if (this.#mode !== null) {
      const error = new Error('the scheduler is running already');
      throw Object.assign(error, { code: 'ERR_LOOP_RUNNING' });
    }
    this.#mode = mode;
    this.#isStopping = false;
    this.#isRoundDue = false;
    this.#plan();
    this.#holdOrRelease();
    const { loop } = this;
    this.#undoPrepare = loop.onPrepare(() => {
      if (this.#processes.size === 0 && loop.resources === 0) loop.stop();
    });
    return loop;
  }

  #finish(): void {
    this.#mode = null;
    this.#isStopping = false;
    this.#isOver = false;
    this.#undoPrepare?.();
    this.#holdOrRelease();
    if (this.#processes.size > 0) return; // they may use the loop
    this.#loop?.close();
    this.#loop = null;
  }

  /** While there are components, Node's own event loop may give them something to do. */
  #holdOrRelease(): void {
    if (this.#mode === 'async' && this.#processes.size > 0) this.#release ??= this.loop.hold();
    else {
      this.#release?.();
      this.#release = null;
    }
  }

  #plan(): void {
    if (this.#mode === null || this.#isStopping || this.#isRoundDue) return;
    if (this.#runnable.length === 0) return;
    this.#isRoundDue = true;
    this.loop.callSoon(this.#round);
  }

  readonly #round = (): void => {
    this.#isRoundDue = false;
    const round = this.#runnable;
    this.#runnable = [];
    for (const process of round) process.step();
  };

  #endAll(): void {
    this.#isOver = true;
    for (const process of [...this.#processes]) process.stop();
    this.#runnable = [];
  }
}

/** A full inbox is not a programming error: one line names it, without a stack. */
function printReport(error: unknown, component: Component | null): void {
  const name = component?.name ?? 'the event loop';
  if (error instanceof NoSpaceInBox) {
    process.stderr.write(`fdselect: ${name} ended: ${error.message}\n`);
  } else {
    printError(error, name);
  }
}

let instance: Scheduler | null = null;

/**
 * The scheduler of components that are activated without one. Made at the first call.
 *
 * Mirrors Axon's `scheduler.run`.
 * @returns always the same one, in each thread
 * @throws OSError such as `EMFILE` if no fd is left for it
 * @platform POSIX
 */
export function defaultScheduler(): Scheduler {
  instance ??= new Scheduler();
  return instance;
}
