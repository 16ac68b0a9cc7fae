/** Lookups of host names that do not block: each runs in its own thread. */
import { isIP, type NativeEndpoint, type NativeFound, native } from '../native/index.js';
import { check } from '../values/index.js';
import { POLLIN } from '../waits/index.js';
import { addAbortCallback, orNotYet, reasonOf, removeAbortCallback } from '../waits/internal.js';
import { callAsync } from './async.js';
import { AF_INET, AF_INET6, SOCK_STREAM } from './core-constants.js';

/** The arguments of getaddrinfo(3). */
export type Query = [
  host: string | null,
  service: string | null,
  family: number,
  type: number,
  proto: number,
  flags: number,
];

/**
 * A lookup in another thread. That thread cannot be ended, and the end of the process does not wait
 * for it: a closed lookup continues there, and its answer is dropped.
 */
export class BackgroundLookup {
  #fd: number;

  /** @throws OSError `EAGAIN` if the system allows no more threads, `EMFILE` */
  constructor(query: Query) {
    this.#fd = check(native.beginLookup(...query), 'getaddrinfo');
  }

  /** Readable once the answer is there. */
  fileno(): number {
    return this.#fd;
  }

  /**
   * Takes the answer; null while there is none.
   * @throws OSError whose `code` is an EAI_… name
   */
  take(): NativeFound[] | null {
    const found: NativeFound[] = [];
    const result = native.takeLookup(this.#fd, found);
    return orNotYet(result, 'getaddrinfo') === null ? null : found;
  }

  /** Idempotent. */
  close(): void {
    if (this.#fd >= 0) native.endLookup(this.#fd);
    this.#fd = -1;
  }
}

/**
 * Waits for the answer of a lookup without blocking.
 * @param timeout - seconds; null: no limit
 * @returns a promise that is rejected with the OSError of getaddrinfo(3), with `ETIMEDOUT`, or with
 *   the signal's reason
 */
export async function answerOf(
  query: Query,
  timeout: number | null,
  signal: AbortSignal | undefined,
): Promise<NativeFound[]> {
  const lookup = new BackgroundLookup(query);
  // Not in this turn, even if the other thread is quick: an abort in this turn ends the wait.
  let mayTake = false;
  try {
    return await callAsync({
      ...{ fd: lookup.fileno(), events: POLLIN, syscall: 'getaddrinfo', timeout, signal },
      attempt: () => {
        const answer = mayTake ? lookup.take() : null;
        mayTake = true;
        return answer;
      },
    });
  } finally {
    lookup.close();
  }
}

/** A pending lookup, which `close()` of its socket ends. */
export interface PendingLookup {
  fail: (reason: unknown) => void;
}

/** Whether a name has to be looked up before the address can be used. */
export function needsLookup([family, host]: NativeEndpoint): boolean {
  if (family !== AF_INET && family !== AF_INET6) return false;
  return host !== '' && host !== '<broadcast>' && isIP(host as string) === 0;
}

/**
 * The same endpoint with the first address of its host as a number.
 * @param timeout - seconds; null: no limit
 * @param onBegin - gets the pending lookup
 */
export async function lookUp(
  [family, host, port, flowinfo, scopeid]: NativeEndpoint,
  timeout: number | null,
  signal: AbortSignal | undefined,
  onBegin: (pending: PendingLookup) => void,
): Promise<NativeEndpoint> {
  const ending = new AbortController();
  onBegin({ fail: (reason) => ending.abort(reason) });
  const onAbort = () => ending.abort(reasonOf(signal as AbortSignal));
  if (signal !== undefined) addAbortCallback(signal, onAbort);
  try {
    const query: Query = [host as string, null, family, SOCK_STREAM, 0, 0];
    const found = await answerOf(query, timeout, ending.signal);
    const [, , , , number, , , scope] = found[0] as NativeFound;
    return [family, number, port, flowinfo, scopeid || scope];
  } finally {
    if (signal !== undefined) removeAbortCallback(signal, onAbort);
  }
}
