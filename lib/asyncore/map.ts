/** Maps of channels: the one that is used where none is named, and closing all of one. */
import { typeError } from '../values/index.js';
import type { ChannelMap } from './channel-loop.js';
import type { Dispatcher } from './dispatcher.js';
import { hasCode } from './errors.js';
import { ExitNow } from './exit-now.js';

/**
 * The channels that no other map was named for, by their file descriptors.
 *
 * Mirrors `asyncore.socket_map`.
 */
export const socketMap: ChannelMap<Dispatcher> = new Map();

/** @throws TypeError for what is no map */
export function checkMap<C>(map: ChannelMap<C> | null | undefined): ChannelMap<C> | null {
  if (map === null || map === undefined) return null;
  if (!(map instanceof Map)) throw typeError('map', 'a Map', map);
  return map;
}

/**
 * Closes all channels of a map, and empties it.
 *
 * Mirrors `asyncore.close_all`.
 * @param map - default {@link socketMap}
 * @param ignoreAll - go on when one throws; `EBADF` is ignored in any case
 * @throws whatever a `close()` throws; ExitNow in any case
 */
export function closeAll(map?: ChannelMap<{ close(): void }> | null, ignoreAll = false): void {
  const channels = checkMap(map) ?? socketMap;
  for (const channel of [...channels.values()]) {
    try {
      channel.close();
    } catch (error) {
      if (error instanceof ExitNow || !(ignoreAll || hasCode(error, 'EBADF'))) throw error;
    }
  }
  channels.clear();
}
