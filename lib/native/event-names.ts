/** The names of event bits, in strace's order. */
import type { NativeBinding } from './contract.js';

export const POLL_EVENTS = [
  ...['POLLIN', 'POLLPRI', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLNVAL'],
  ...['POLLRDNORM', 'POLLRDBAND', 'POLLWRNORM', 'POLLWRBAND', 'POLLMSG', 'POLLRDHUP'],
];
export const EPOLL_EVENTS = [
  ...POLL_EVENTS.map((name) => `E${name}`),
  ...['EPOLLEXCLUSIVE', 'EPOLLWAKEUP', 'EPOLLONESHOT', 'EPOLLET'],
];

/** Such as `POLLIN|POLLHUP`; bits without a name are hexadecimal, and no bits are `0`. */
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
