/** The rest of a listener that finds no free fd, because watching it would be a busy loop. */
import { now } from '../native/index.js';
import { REST_SECONDS } from './policy.js';

/** The rests that have begun, of all listeners of this thread: any of them can use a freed fd. */
const begun = new Set<Rest>();

/**
 * A connection that finds no free fd stays in the kernel's queue, and its listener stays readable.
 * So the listener is not watched for a second. The rest ends early when an fd is freed.
 */
export class Rest {
  readonly #whenOver: (() => void) | undefined;
  /** Milliseconds on the clock of `performance.now()`. */
  #end = 0;

  /** @param whenOver - runs when the rest ends early or {@link end} is called; for event loops */
  constructor(whenOver?: () => void) {
    this.#whenOver = whenOver;
  }

  /** Begins, or begins anew. */
  begin(seconds: number = REST_SECONDS): void {
    this.#end = now() + seconds * 1000;
    begun.add(this);
  }

  /** Whether the listener must not be watched now. */
  get isActive(): boolean {
    return this.secondsLeft() !== null;
  }

  /** How long a wait may last, so that the rest ends in time; null: no rest, as long as it likes. */
  secondsLeft(): number | null {
    if (!begun.has(this)) return null;
    const left = this.#end - now();
    if (left > 0) return left / 1000;
    this.end();
    return null;
  }

  /** Ends; idempotent. */
  end(): void {
    if (begun.delete(this)) this.#whenOver?.();
  }

  /** Ends without a call of `whenOver`. */
  cancel(): void {
    begun.delete(this);
  }
}

/** To be called after an fd was closed: listeners that rest may try again at once. */
export function endRests(): void {
  if (begun.size === 0) return;
  for (const rest of [...begun]) rest.end();
}
