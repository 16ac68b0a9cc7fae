/** Delivers an event to a channel: calls its handler, and `handleError` if that throws. */
import { POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI } from '../waits/index.js';
import { isDisconnected } from './errors.js';
import { ExitNow } from './exit-now.js';

/** The members of `Dispatcher` that these functions call. */
export interface EventHandlers {
  /** Called when it is readable. */
  handleReadEvent(): void;
  /** Called when it is writable. */
  handleWriteEvent(): void;
  /** Called when there is out-of-band data. */
  handleExptEvent(): void;
  /** Called when the connection is over. */
  handleClose(): void;
  /** Called with the `error` that another handler has thrown. */
  handleError(error: unknown): void;
}

/**
 * Calls `handleReadEvent` of a channel. If it throws, calls `handleError`.
 *
 * Mirrors `asyncore.read`.
 * @param channel - an object with both handlers, such as a `Dispatcher`
 * @throws ExitNow if the handler throws it; any error of `handleError`
 * @platform POSIX
 */
export function read(channel: Pick<EventHandlers, 'handleReadEvent' | 'handleError'>): void {
  try {
    channel.handleReadEvent();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/**
 * As {@link read}, for `handleWriteEvent`.
 *
 * Mirrors `asyncore.write`.
 * @param channel - an object with both handlers, such as a `Dispatcher`
 * @throws ExitNow if the handler throws it; any error of `handleError`
 * @platform POSIX
 */
export function write(channel: Pick<EventHandlers, 'handleWriteEvent' | 'handleError'>): void {
  try {
    channel.handleWriteEvent();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/**
 * As {@link read}, for `handleExptEvent`.
 *
 * Mirrors `asyncore._exception`.
 * @param channel - an object with both handlers, such as a `Dispatcher`
 * @throws ExitNow if the handler throws it; any error of `handleError`
 * @platform POSIX
 */
export function _exception(channel: Pick<EventHandlers, 'handleExptEvent' | 'handleError'>): void {
  try {
    channel.handleExptEvent();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/** As {@link read}, for `handleClose`, when other code has closed the channel's file. */
export function deliverClose(channel: Pick<EventHandlers, 'handleClose' | 'handleError'>): void {
  try {
    channel.handleClose();
  } catch (error) {
    handleThrown(channel, error);
  }
}

/**
 * Delivers the events that poll(2) reports for a channel: reading, writing, out-of-band data, then
 * `handleClose` for a hang-up or an error. A channel that has closed itself gets nothing more.
 * `loop` does not use this function: with all three calls it uses {@link read} and {@link write}.
 *
 * Mirrors `asyncore.readwrite`.
 * @param channel - an object with the handlers, such as a `Dispatcher`. If it has `fileno()`, a result
 *   of -1 means that it was closed
 * @param flags - the bits POLLIN, POLLOUT, POLLPRI, POLLHUP, POLLERR, POLLNVAL of poll(2)
 * @throws ExitNow if a handler throws it; any error of `handleError` and `handleClose`
 * @platform POSIX
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
