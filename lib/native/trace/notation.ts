/** Arguments and results of system calls in strace's notation. */

import type { NativeBinding } from '../contract.js';
import type { CallRecord } from '../record/format.js';
import type { Tools } from '../record/tools.js';

/** strace shows this many entries of an array and then an ellipsis. */
const MAX_SHOWN = 32;

export function array(items: string[]): string {
  const shown = items.slice(0, MAX_SHOWN);
  if (items.length > MAX_SHOWN) shown.push('...');
  return `[${shown.join(', ')}]`;
}

/** An fd set as the kernel sees it: every fd once, in order. */
export function set(fds: number[]): string {
  return `[${[...new Set(fds)].sort((a, b) => a - b).join(' ')}]`;
}

/** The system's names of events and errors, for a line. */
export interface Words {
  poll(events: number): string;
  epoll(events: number): string;
  error(errno: string | undefined): string;
}

export function wordsOf(
  binding: NativeBinding,
  { flags, POLL_EVENTS, EPOLL_EVENTS }: Tools,
): Words {
  const numbers = process.getBuiltinModule('node:os').constants.errno as Record<string, number>;
  return {
    poll: (events) => flags(binding, POLL_EVENTS, events),
    epoll: (events) => flags(binding, EPOLL_EVENTS, events),
    error: (errno = '') => binding.strerror(numbers[errno] ?? Number(errno)),
  };
}

export function outcome(words: Words, { ret, errno }: CallRecord, zero = '0 (Timeout)'): string {
  if (ret === 0) return zero;
  if (ret > 0) return String(ret);
  return `-1 ${errno} (${words.error(errno)})`;
}
