/** The names of event bits. */
import { EVENT } from './facts.js';

/** Such as `IN|HUP`; bits without a name are hexadecimal, and no bits are `0`. */
export function names(events: number): string {
  const found: string[] = [];
  let rest = events >>> 0;
  for (const [name, bit] of Object.entries(EVENT)) {
    if ((rest & bit) === 0) continue;
    found.push(name);
    rest = (rest & ~bit) >>> 0;
  }
  if (rest !== 0) found.push(`0x${rest.toString(16)}`);
  return found.length === 0 ? '0' : found.join('|');
}
