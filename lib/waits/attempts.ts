/** Asynchronous system calls: attempts that do not block, and waits between them. */
import { errnoNumber } from '../native/index.js';
import { check, FOREVER } from '../values/index.js';
import { selectAsync } from './select.js';
import { lookOrWait } from './wait.js';

/** The longest pause between two attempts that nothing reports, in seconds. */
const LONGEST_PAUSE = 0.01;

let again: number | undefined;

/** The error of a call's own result; null for -EAGAIN: not yet. */
export function orNotYet(result: number, syscall: string): number | null {
  // Looked up here, as `import 'fdselect'` itself needs no error number.
  again ??= -errnoNumber('EAGAIN');
  return result === again ? null : check(result, syscall);
}

/** The event for which an asynchronous call waits. */
export interface Readiness {
  fd: number;
  /** POLLIN or POLLOUT. */
  events: number;
  signal: AbortSignal | undefined;
}

/**
 * Makes attempts whenever the fd is ready, until one succeeds or throws.
 * @param attempt - does not block; null: not yet
 */
export async function whenReady<T>(
  { fd, events, signal }: Readiness,
  attempt: () => T | null,
): Promise<T> {
  const request = {
    look: attempt,
    milliseconds: FOREVER,
    none: (): never => {
      throw new Error('unreachable: the time is never over');
    },
    signal,
  };
  return await lookOrWait<T>(request, (wait) => wait.watch(fd, events));
}

/**
 * Makes attempts again and again, with pauses of up to 10 ms, until one succeeds or throws: for what
 * no fd reports, such as a lock that becomes free.
 * @param attempt - as in {@link whenReady}
 */
export async function withPauses<T>(
  signal: AbortSignal | undefined,
  attempt: () => T | null,
): Promise<T> {
  for (let pause = 0; ; pause = Math.min(2 * pause || 0.001, LONGEST_PAUSE)) {
    // Also before the first attempt: calls that always succeed must let timers in.
    await selectAsync([], [], [], pause, { signal });
    const answer = attempt();
    if (answer !== null) return answer;
  }
}
