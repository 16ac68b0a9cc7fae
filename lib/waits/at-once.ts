/** Answers of asynchronous calls that need no wait. */
import { now, setImmediate } from '../native/index.js';

/** A wait, as the function that begins it describes it. */
export interface Request<T> {
  /** The real call with timeout 0; null where nothing is ready. */
  look: () => T | null;
  /** The answer when the time is over. */
  none: () => T;
  /** A fraction is allowed; FOREVER. */
  milliseconds: number;
  signal: AbortSignal | undefined;
  /** Runs once, just before the wait is settled. */
  onEnd?: () => void;
}

/** How long answers that are given at once may follow each other, and how many may in any case. */
const LONGEST_RUN_MS = 5;
const SHORTEST_RUN = 10;

/** When, since the event loop's last turn, the first answer was given at once; and how many were. */
let runStart = 0;
let runLength = 0;

/**
 * What an `async` function does with its body, without a promise of its own: each promise between an
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
 * Makes the real call, before there is a wait; null: nothing is ready and there is time, or it is the
 * event loop's turn. `await` alone lets no timer in: a program that got an answer at once at every
 * wait would starve everything else.
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
