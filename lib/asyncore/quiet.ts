/** Which channels need not be asked before each wait what they wait for. */
import type { Channel } from './channel.js';

const quiet = new WeakSet<() => boolean>();

/** Declares `readable` and `writable` methods whose result changes only with an event or `changed`. */
export function declareQuiet(...methods: (() => boolean)[]): void {
  for (const method of methods) quiet.add(method);
}

/** Whether a channel's readable() and writable() need not be called before each wait. */
export function isQuiet(channel: Channel): boolean {
  if (channel.announcesChanges === true) return true;
  return quiet.has(channel.readable) && quiet.has(channel.writable);
}
