/** Delivers an event to a channel: calls its handler, and its `handleError` where that throws. */
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from '../waits/index.js';
import { isDisconnected } from './errors.js';
import { ExitNow } from './exit-now.js';

/** What the functions here need of a channel: a part of `Dispatcher`. */
export interface EventHandlers {
  /** It is readable. */
  handleReadEvent(): void;
  /** It is writable. */
  handleWriteEvent(): void;
  /** There is out-of-band data. */
  handleExptEvent(): void;
  /** It is over. */
  handleClose(): void;
  /** Another handler has thrown this. */
  handleError(error: unknown): void;
}

/**
 * Tells a channel that it is readable. What the handler throws goes to `handleError`.
 *
 * Mirrors `asyncore.read`.
 * @throws ExitNow where the handler does; what `handleError` throws
 */
export function read(channel: Pick<EventHandlers, 'handleReadEvent' | 'handleError'>): void {
  try {
    channel.handleReadEvent();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/** As {@link read}, of a channel that is writable. Mirrors `asyncore.write`. */
export function write(channel: Pick<EventHandlers, 'handleWriteEvent' | 'handleError'>): void {
  try {
    channel.handleWriteEvent();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/** As {@link read}, of a channel with out-of-band data. Mirrors `asyncore._exception`. */
export function _exception(channel: Pick<EventHandlers, 'handleExptEvent' | 'handleError'>): void {
  try {
    channel.handleExptEvent();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/** As {@link read}, of a channel whose file was closed, but not by the channel. */
export function deliverClose(channel: Pick<EventHandlers, 'handleClose' | 'handleError'>): void {
  try {
    channel.handleClose();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/**
 * Delivers everything that poll(2) reports for a channel: reading, writing, out-of-band data, then
 * `handleClose` for a hang-up or an error. A channel that has closed itself gets nothing more.
 * `loop` does not use this function: with every call to wait it does what {@link read} and
 * {@link write} do.
 *
 * Mirrors `asyncore.readwrite`.
 * @param flags - the bits POLLIN, POLLOUT, POLLPRI, POLLHUP, POLLERR, POLLNVAL
 * @throws ExitNow where a handler does; what `handleError` and `handleClose` throw
 */
export function readwrite(channel: EventHandlers & { fileno?(): number }, flags: number): void {
  const has = (bits: number) => (flags & bits) !== 0 && channel.fileno?.() !== -1;
  try {
    if (has(POLLIN)) channel.handleReadEvent();
    if (has(POLLOUT)) channel.handleWriteEvent();
    if (has(POLLPRI)) channel.handleExptEvent();
    if (has(POLLHUP | POLLERR | POLLNVAL)) channel.handleClose();
  } catch (error) {
    if (isDisconnected(error)) channel.handleClose();
    else handleThrown(channel, error);
  }
}

function handleThrown(channel: Pick<EventHandlers, 'handleError'>, error: unknown): void {
  if (error instanceof ExitNow) throw error;
  channel.handleError(error);
}
