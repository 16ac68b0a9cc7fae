/** Lookups of host names that block nothing: each has a thread of its own. */
import { isIP } from 'node:net';
import { type NativeEndpoint, type NativeFound, native } from '../native/index.js';
import { check } from '../values/index.js';
import { POLLIN } from '../waits/index.js';
import { addAbortCallback, orNotYet, reasonOf, removeAbortCallback } from '../waits/internal.js';
import { callAsync } from './async.js';
import { AF_INET, AF_INET6, SOCK_STREAM } from './constants.js';

/** What getaddrinfo(3) is asked. */
export type Query = [
  host: string | null,
  service: string | null,
  family: number,
  type: number,
  proto: number,
  flags: number,
];

/**
 * A lookup that goes on in another thread. Nothing can end that thread, and nothing waits for it: a
 * lookup that is closed goes on there unnoticed, also while the process ends.
 */
export class BackgroundLookup {
  #fd: number;

  /** @throws OSError `EAGAIN` where the system allows no more threads, `EMFILE` */
  constructor(query: Query) {
    this.#fd = check(native.beginLookup(...query), 'getaddrinfo');
  }

  /** Readable once the answer is there. */
  fileno(): number {
    return this.#fd;
  }

  /**
   * The answer, once; null while there is none.
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
 * @param timeout - seconds; null: for ever
 * @returns a promise that is rejected with the OSError of getaddrinfo(3), with `ETIMEDOUT`, or with
 *   the signal's reason
 */
export async function answerOf(
  query: Query,
  timeout: number | null,
  signal: AbortSignal | undefined,
): Promise<NativeFound[]> {
  const lookup = new BackgroundLookup(query);
  // Not in this turn, however quick the other thread is: an abort in this turn ends the wait.
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

/** A lookup that is going on, as `close()` of its socket ends it. */
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
 * @param timeout - seconds; null: for ever
 * @param onBegin - gets what ends the lookup
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
