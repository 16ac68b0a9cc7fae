/** Which channels need not be asked before each wait whether they want to read or to write. */

/** What decides it: a part of `Dispatcher`. */
interface Asked {
  readonly announcesChanges?: boolean;
  readable(): boolean;
  writable(): boolean;
}

const quiet = new WeakSet<() => boolean>();

/** For `readable` and `writable` methods whose answer changes only with `changed` or an event. */
export function declareQuiet(...methods: (() => boolean)[]): void {
  for (const method of methods) quiet.add(method);
}

/** Whether the answers of a channel change only with its own events and with `changed`. */
export function isQuiet(channel: Asked): boolean {
  if (channel.announcesChanges === true) return true;
  return quiet.has(channel.readable) && quiet.has(channel.writable);
}
