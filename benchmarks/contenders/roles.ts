/**
 * The roles of a contender. A contender in JavaScript is a module that exports some of these
 * functions by these names; those in Python and C have the same roles.
 */
import type { Stamps } from './stamps.js';

/** Serves on a free port of 127.0.0.1, which it announces, until the process is killed. */
export type Echo = () => void | Promise<void>;

/** The result of a loop. */
export interface LoopResult {
  /** Nanoseconds for each round; of a churn, for each operation. */
  ns: number;
  /** How many file descriptors the last wait found ready. */
  found: number;
  /** The sum over all answers: a timed loop reads its answers, as users do. */
  sum: number;
}

/**
 * Waits a number of times, without blocking, for file descriptors that it watches for reading, and
 * reads each answer: `sum += fd + events`.
 */
export type Calls = (fds: number[], rounds: number) => LoopResult;

/** Registers, modifies and unregisters all file descriptors, a number of times. */
export type Churn = (fds: number[], rounds: number) => LoopResult;

/**
 * Begins to watch the file descriptors of `stamps`: `stamps.told()` when the waiting code gets
 * one, then `stamps.took(data)` when it has read, in the contender's own way, what that one holds.
 * @returns if the wait blocks: a function that waits until `stamps` is complete
 */
export type Wake = (stamps: Stamps) => (() => void) | undefined;

export interface ContenderModule {
  echo?: Echo;
  calls?: Calls;
  churn?: Churn;
  wake?: Wake;
}
