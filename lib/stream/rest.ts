/** The pause of a listener that found no free fd: watching it would be a busy loop. */
import { now } from '../native/index.js';
import { REST_SECONDS } from './policy.js';

/** The active rests of all listeners of this thread: any of them can use an fd that is freed. */
const begun = new Set<Rest>();

/**
 * If no fd is free for a connection, it stays in the kernel's queue, and its listener stays readable.
 * So the listener is not watched for a second. The rest ends early when an fd is freed; see
 * {@link endRests}. Its time is looked at only in {@link secondsLeft} and {@link isActive}.
 * @platform POSIX
 */
export class Rest {
  readonly #whenOver: (() => void) | undefined;
  /** Milliseconds on the clock of `now`. */
  #end = 0;

  /** @param whenOver - called when the rest ends, early or not; for event loops */
  constructor(whenOver?: () => void) {
    this.#whenOver = whenOver;
  }

  /**
   * Begins the rest, or begins it again.
   * @param seconds - how long; default: 1
   */
  begin(seconds: number = REST_SECONDS): void {
    this.#end = now() + seconds * 1000;
    begun.add(this);
  }

  /** Whether the listener must not be watched now. */
  get isActive(): boolean {
    return this.secondsLeft() !== null;
  }

  /**
   * Ends a rest whose time is over.
   * @returns the **seconds** until its end, for which the next wait may last; null: there is no rest
   */
  secondsLeft(): number | null {
    if (!begun.has(this)) return null;
    const left = this.#end - now();
    if (left > 0) return left / 1000;
    this.end();
    return null;
  }

  /** Ends the rest and calls `whenOver`. Idempotent. */
  end(): void {
    if (begun.delete(this)) this.#whenOver?.();
  }

  /** Ends the rest without calling `whenOver`. */
  cancel(): void {
    begun.delete(this);
  }
}

/**
 * Call it after closing an fd: the listeners of this thread that rest may try again at once. The closing
 * methods of `fdselect/stream`, `loop` and `asyncore` call it; `close()` of a Socket does not.
 * @throws any error of a function that was passed to a {@link Rest}
 * @platform POSIX
 */
export function endRests(): void {
  if (begun.size === 0) return;
  for (const rest of [...begun]) rest.end();
}
