/** How strace writes what system calls take and answer. */

import type { NativeBinding } from '../contract.js';
import type { CallRecord } from '../record/format.js';

/** strace shows this many entries of an array and then an ellipsis. */
const MAX_SHOWN = 32;

/** The events that strace names, in its order. */
export const POLL_EVENTS = [
  ...['POLLIN', 'POLLPRI', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLNVAL'],
  ...['POLLRDNORM', 'POLLRDBAND', 'POLLWRNORM', 'POLLWRBAND', 'POLLMSG', 'POLLRDHUP'],
];
export const EPOLL_EVENTS = [
  ...POLL_EVENTS.map((name) => `E${name}`),
  ...['EPOLLEXCLUSIVE', 'EPOLLWAKEUP', 'EPOLLONESHOT', 'EPOLLET'],
];

export function array(items: string[]): string {
  const shown = items.slice(0, MAX_SHOWN);
  if (items.length > MAX_SHOWN) shown.push('...');
  return `[${shown.join(', ')}]`;
}

export function flags(binding: NativeBinding, names: string[], bits = 0): string {
  const found: string[] = [];
  let rest = bits;
  for (const name of names) {
    const bit = binding.constants[name] ?? 0;
    if ((rest & bit) === 0) continue;
    found.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) found.push(`0x${(rest >>> 0).toString(16)}`);
  return found.length === 0 ? '0' : found.join('|');
}

/** An fd set as the kernel sees it: every fd once, in order. */
export function set(fds: number[]): string {
  return `[${[...new Set(fds)].sort((a, b) => a - b).join(' ')}]`;
}

export function outcome(
  binding: NativeBinding,
  { ret, errno }: CallRecord,
  zero = '0 (Timeout)',
): string {
  if (ret === 0) return zero;
  if (ret > 0) return String(ret);
  const number = process.getBuiltinModule('node:os').constants.errno as Record<string, number>;
  const code = number[errno ?? ''] ?? Number(errno);
  return `-1 ${errno} (${binding.strerror(code)})`;
}
