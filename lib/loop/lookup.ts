/** Looks up host names without blocking the loop. */
import type { NativeFound } from '../native/index.js';
import { AF_INET, AF_INET6, AF_UNSPEC, BackgroundLookup, SOCK_STREAM } from '../socket/internal.js';
import { OSError } from '../values/index.js';
import type { EventLoop } from './event-loop.js';
import type { Watch } from './watch.js';

/** An address of a host. */
export interface FoundAddress {
  address: string;
  family: number;
  /** The scope of a link-local address of IPv6, else 0. */
  scopeid: number;
}

/** Called once in the loop, with at least one address or with the error. */
export type OnFound = (error: OSError | null, found: FoundAddress[]) => void;

/** The lookups of one event loop. */
export class Lookups {
  readonly #loop: EventLoop;
  readonly #pending = new Map<string, SharedLookup>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /**
   * Looks up a host. Keeps the loop running until the answer arrives. Simultaneous requests for the
   * same host share one lookup.
   * @param family - 4, 6, or 0 for both
   * @returns a function that gives up: `onFound` is not called any more
   * @throws OSError `EAGAIN`, `EMFILE` if no thread or no fd is left
   */
  start(host: string, family: number, onFound: OnFound): () => void {
    const key = `${family} ${host}`;
    let lookup = this.#pending.get(key);
    if (lookup === undefined) {
      lookup = new SharedLookup(this.#loop, host, family, () => this.#pending.delete(key));
      this.#pending.set(key, lookup);
    }
    return lookup.join(onFound);
  }

  close(): void {
    for (const lookup of [...this.#pending.values()]) lookup.close();
  }
}

/** One lookup, shared by all requests for its host. */
class SharedLookup {
  readonly #loop: EventLoop;
  readonly #host: string;
  readonly #onEnd: () => void;
  readonly #lookup: BackgroundLookup;
  readonly #watch: Watch;
  readonly #waiting = new Set<OnFound>();
  #isOver = false;

  constructor(loop: EventLoop, host: string, family: number, onEnd: () => void) {
    this.#loop = loop;
    this.#host = host;
    this.#onEnd = onEnd;
    const wanted = family === 0 ? AF_UNSPEC : family === 6 ? AF_INET6 : AF_INET;
    this.#lookup = new BackgroundLookup([host, null, wanted, SOCK_STREAM, 0, 0]);
    try {
      this.#watch = loop.watch(this.#lookup, 'r', () => this.#onReadable());
    } catch (error) {
      this.#lookup.close();
      throw error;
    }
  }

  /** @returns its own undo; when none is left, the lookup is given up */
  join(onFound: OnFound): () => void {
    this.#waiting.add(onFound);
    return () => {
      if (this.#waiting.delete(onFound) && this.#waiting.size === 0) this.close();
    };
  }

  /** Idempotent. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch.cancel();
    this.#lookup.close();
    this.#onEnd();
  }

  #onReadable(): void {
    let failure: OSError | null = null;
    let found: NativeFound[] | null = null;
    try {
      found = this.#lookup.take();
      if (found === null) return;
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      failure = new OSError(error.errno, 'getaddrinfo', ` (${this.#host})`);
    }
    this.close();
    const addresses = (found ?? []).map(addressOf);
    for (const onFound of [...this.#waiting]) {
      if (!this.#waiting.delete(onFound)) continue; // one before has given it up
      this.#loop.guard('onFailed', () => onFound(failure, addresses));
    }
  }
}

function addressOf([, , , family, name, , , scopeid]: NativeFound): FoundAddress {
  return { address: String(name), family: family === AF_INET6 ? 6 : 4, scopeid };
}
