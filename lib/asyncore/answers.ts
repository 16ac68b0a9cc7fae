/** Decides which channels' readable() and writable() need not be called before each wait. */

/** The members of a channel that decide it. */
interface Asked {
  readonly announcesChanges?: boolean;
  readable(): boolean;
  writable(): boolean;
}

const quiet = new WeakSet<() => boolean>();

/** Declares `readable` and `writable` methods whose result changes only with an event or `changed`. */
export function declareQuiet(...methods: (() => boolean)[]): void {
  for (const method of methods) quiet.add(method);
}

/** Whether a channel's readable() and writable() change only with its events and with `changed`. */
export function isQuiet(channel: Asked): boolean {
  if (channel.announcesChanges === true) return true;
  return quiet.has(channel.readable) && quiet.has(channel.writable);
}
