/** How the sending classes use a dispatcher. */
import type { Dispatcher } from './dispatcher.js';

/** For the sending classes of this package. Not methods, because subclasses might use their names. */
interface Sending {
  /**
   * Sends the first bytes at once.
   * @returns how many bytes the kernel has taken; null if the connection is over, after `handleClose`
   * @throws OSError for other errors
   */
  now(channel: Dispatcher, bytes: Uint8Array, size: number): number | null;
  /** Whether the kernel has not taken all of the last data: then wait until it is writable. */
  isFull(channel: Dispatcher): boolean;
}

export let sending: Sending;

/** Called once, by the class Dispatcher: the functions use its private members. */
export function implementSending(implementation: Sending): void {
  sending = implementation;
}
