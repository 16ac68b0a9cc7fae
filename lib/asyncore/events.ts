/** What has happened to a channel, told to the channel. */
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
 * Tells a channel that it is readable. What it throws goes to its `handleError`.
 *
 * Mirrors `asyncore.read`.
 * @throws ExitNow where the handler does; and what `handleError` throws
 */
export function read(channel: Pick<EventHandlers, 'handleReadEvent' | 'handleError'>): void {
  guarded(channel, () => channel.handleReadEvent());
}

/** As {@link read}, of a channel that is writable. Mirrors `asyncore.write`. */
export function write(channel: Pick<EventHandlers, 'handleWriteEvent' | 'handleError'>): void {
  guarded(channel, () => channel.handleWriteEvent());
}

/** As {@link read}, of a channel with out-of-band data. Mirrors `asyncore._exception`. */
export function _exception(channel: Pick<EventHandlers, 'handleExptEvent' | 'handleError'>): void {
  guarded(channel, () => channel.handleExptEvent());
}

/** As {@link read}, of a channel whose file is closed already. */
export function tellClosed(channel: Pick<EventHandlers, 'handleClose' | 'handleError'>): void {
  guarded(channel, () => channel.handleClose());
}

/**
 * Tells a channel everything that poll(2) has said of it; a hang-up and an error are the end of it.
 * Nothing more is told once it has closed itself. `loop` does without this function: in all its
 * modes it does what {@link read} and {@link write} do.
 *
 * Mirrors `asyncore.readwrite`.
 * @param flags - the bits POLLIN, POLLOUT, POLLPRI, POLLHUP, POLLERR, POLLNVAL
 * @throws ExitNow where a handler does; and what `handleError` and `handleClose` throw
 */
export function readwrite(channel: EventHandlers & { fileno?(): number }, flags: number): void {
  const has = (bits: number) => (flags & bits) !== 0 && channel.fileno?.() !== -1;
  try {
    if (has(POLLIN)) channel.handleReadEvent();
    if (has(POLLOUT)) channel.handleWriteEvent();
    if (has(POLLPRI)) channel.handleExptEvent();
    if (has(POLLHUP | POLLERR | POLLNVAL)) channel.handleClose();
  } catch (error) {
    if (error instanceof ExitNow) throw error;
    if (isDisconnected(error)) channel.handleClose();
    else channel.handleError(error);
  }
}

function guarded(channel: Pick<EventHandlers, 'handleError'>, tell: () => void): void {
  try {
    tell();
  } catch (error) {
    if (error instanceof ExitNow) throw error;
    channel.handleError(error);
  }
}
