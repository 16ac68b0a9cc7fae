/** `loop()` and its relatives: passes over a map of channels, until the map is empty. */

import type { SelectorName } from '../selectors/internal.js';
import { integer, rangeError, socketTimeout, typeError } from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { epoll, throwIfAborted } from '../waits/internal.js';
import type { ChannelMap } from './channel.js';
import { ChannelLoop } from './channel-loop.js';
import { checkMap, socketMap } from './map.js';
import { loopsOver } from './running.js';

const DEFAULT_TIMEOUT = 30;

/** The system call of the wait: false: select(2); true: poll(2); or its name. 'epoll': only on Linux. */
export type UsePoll = boolean | SelectorName;

/**
 * Waits for the channels of a map and calls their handlers, until the map is empty or `count` passes
 * are over. Blocks the thread: Node's own timers and promises do not run.
 *
 * A pass calls `readable()` and `writable()` of the channels, waits, and delivers the events of each
 * channel: out-of-band data first, then reading, then writing. A channel that was closed meanwhile
 * gets none. An error of a handler is passed to `handleError` of its channel; if that throws too, the
 * error is printed to stderr and the channel is closed.
 *
 * If the class of a channel overrides neither `readable` nor `writable`, or its `announcesChanges` is
 * true, these are called after its own events and after `changed()`; otherwise before each wait.
 *
 * A channel whose file descriptor was closed by other code gets `handleClose`; with epoll, which
 * drops closed files without a report, only when its interest changes.
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.loop
 *
 * @param timeout - the longest wait of a pass in **seconds**; null or Infinity: no limit. Default: 30
 * @param usePoll - default: false: select(2)
 * @param map - default: {@link socketMap}
 * @param count - how many passes at most; default: no limit
 * @throws ExitNow if a handler throws it; the next loop reports the other events again
 * @throws any error of `readable()` or `writable()`
 * @throws RangeError, TypeError for bad arguments, such as 'epoll' on a system without it; OSError such
 *   as `EMFILE` if epoll cannot be opened
 * @platform POSIX; 'epoll' on Linux
 */
export function loop(
  timeout: number | null = DEFAULT_TIMEOUT,
  usePoll: UsePoll = false,
  map?: ChannelMap | null,
  count?: number | null,
): void {
  const { limit, selector, channels, passes } = checked(timeout, usePoll, map, count);
  if (channels.size === 0 || passes <= 0) return;
  const running = new ChannelLoop(channels, selector, false);
  try {
    for (let i = 0; i < passes && channels.size > 0; i++) running.pass(limit);
  } finally {
    running.close();
  }
}

/**
 * As {@link loop}, but Node's own event loop runs during the wait. If a channel is made, closed or
 * sends meanwhile, that takes effect at once. If the result of an overridden `readable()` or
 * `writable()` changes meanwhile, the channel must call `Dispatcher.changed`.
 *
 * Python has no such function.
 * @param timeout - the longest wait of a pass in **seconds**; null or Infinity: no limit. Default: 30
 * @param usePoll - default: false: select(2)
 * @param map - default: {@link socketMap}
 * @param count - how many passes at most; default: no limit
 * @param options - `signal`: ends the loop when it is aborted
 * @returns a promise for the end; rejected with the errors of {@link loop}, also for bad arguments, with
 *   the signal's reason, or with `ERR_LOOP_RUNNING` if another `loopAsync` runs over the same map
 * @platform POSIX; 'epoll' on Linux
 */
export async function loopAsync(
  timeout: number | null = DEFAULT_TIMEOUT,
  usePoll: UsePoll = false,
  map?: ChannelMap | null,
  count?: number | null,
  options: WaitOptions = {},
): Promise<void> {
  throwIfAborted(options);
  const { limit, selector, channels, passes } = checked(timeout, usePoll, map, count);
  if (channels.size === 0 || passes <= 0) return;
  if (loopsOver(channels).some(({ isAsync }) => isAsync)) {
    const error = new Error('a loopAsync over this map is running already');
    throw Object.assign(error, { code: 'ERR_LOOP_RUNNING' });
  }
  const running = new ChannelLoop(channels, selector, true);
  try {
    for (let i = 0; i < passes && channels.size > 0; i++) await running.passAsync(limit, options);
  } finally {
    running.close();
  }
}

/**
 * One pass of {@link loop} with select(2).
 *
 * Mirrors `asyncore.poll`.
 * @param timeout - the longest wait in seconds; null or Infinity: no limit. Default: 0
 * @param map - default: {@link socketMap}; if it is empty, returns at once
 * @throws as {@link loop}
 * @platform POSIX
 */
export function poll(timeout: number | null = 0, map?: ChannelMap | null): void {
  loop(timeout, 'select', map, 1);
}

/**
 * One pass of {@link loop} with poll(2).
 *
 * Mirrors `asyncore.poll2`.
 * @param timeout - the longest wait in seconds; null or Infinity: no limit. Default: 0
 * @param map - default: {@link socketMap}; if it is empty, returns at once
 * @throws as {@link loop}
 * @platform POSIX
 */
export function poll2(timeout: number | null = 0, map?: ChannelMap | null): void {
  loop(timeout, 'poll', map, 1);
}

/** The same as {@link poll2}, as in Python. */
export const poll3 = poll2;

/** Checks the arguments of a loop. */
function checked(
  timeout: number | null,
  usePoll: UsePoll,
  map: ChannelMap | null | undefined,
  count: number | null | undefined,
) {
  const max = Number.MAX_SAFE_INTEGER;
  return {
    limit: socketTimeout('timeout', timeout),
    selector: selectorOf(usePoll),
    channels: checkMap(map) ?? (socketMap as ChannelMap),
    passes: (count ?? null) === null ? Infinity : integer('count', count, -max, max),
  };
}

function selectorOf(usePoll: UsePoll): SelectorName {
  if (typeof usePoll === 'boolean') return usePoll ? 'poll' : 'select';
  if (usePoll === 'select' || usePoll === 'poll') return usePoll;
  if (usePoll === 'epoll') {
    if (epoll !== undefined) return usePoll;
    throw rangeError('usePoll', 'select or poll on this system', usePoll);
  }
  const expected = "a boolean, 'select', 'poll' or 'epoll'";
  if (typeof usePoll === 'string') throw rangeError('usePoll', expected, usePoll);
  throw typeError('usePoll', expected, usePoll);
}
