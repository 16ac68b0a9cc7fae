/** Asynchronous calls whose answer is ready at once, so that they need no wait. */
import { now, setImmediate } from '../native/index.js';

/** An asynchronous call: how to look, its timeout and its end. */
export interface Request<T> {
  /** Makes the real call with timeout 0; null if nothing is ready. */
  look: () => T | null;
  /** The answer after the timeout. */
  none: () => T;
  /** The timeout, which may be a fraction; or FOREVER. */
  milliseconds: number;
  signal: AbortSignal | undefined;
  /** Runs once, just before the wait is settled. */
  onEnd?: () => void;
}

/** The longest run of answers at once, in milliseconds; and how many are always allowed. */
const LONGEST_RUN_MS = 5;
const SHORTEST_RUN = 10;

/** The current run, since the event loop's last turn: the time of its first answer, and its length. */
let runStart = 0;
let runLength = 0;

/**
 * Calls `run` as an `async` function would, but without another promise: each promise between an
 * event and the code that awaits it costs a turn of the microtask queue.
 */
export function promised<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Makes the real call before a wait begins. Returns null if a wait is needed: nothing is ready, or
 * the event loop must run. `await` alone does not run timers: if every wait were answered at once,
 * the program would starve everything else.
 */
export function lookAtOnce<T>({ look, none, milliseconds }: Request<T>): T | null {
  if (runLength >= SHORTEST_RUN && now() - runStart > LONGEST_RUN_MS) return null;
  const answer = look() ?? (milliseconds === 0 ? none() : null);
  if (answer !== null && runLength++ === 0) {
    runStart = now();
    setImmediate(() => {
      runLength = 0;
    });
  }
  return answer;
}
