/** Maps of channels: the default map, and `closeAll()`. */
import { typeError } from '../values/index.js';
import type { ChannelMap } from './channel.js';
import type { Dispatcher } from './dispatcher.js';
import { hasCode } from './errors.js';
import { ExitNow } from './exit-now.js';
import { loopsOver } from './running.js';

/** A map that reports its changes to its loops, so that they need not look into it for each event. */
export class SocketMap<C> extends Map<number, C> {
  override set(fd: number, channel: C): this {
    const loops = loopsOver(this);
    const former = this.get(fd);
    if (former !== undefined && former !== channel) for (const loop of loops) loop.forget(fd);
    super.set(fd, channel);
    for (const loop of loops) loop.changed(fd);
    return this;
  }

  override delete(fd: number): boolean {
    for (const loop of loopsOver(this)) loop.forget(fd);
    return super.delete(fd);
  }

  override clear(): void {
    for (const loop of loopsOver(this)) for (const fd of this.keys()) loop.forget(fd);
    super.clear();
  }
}

/**
 * The default map: channels by their file descriptors.
 *
 * Mirrors `asyncore.socket_map`.
 */
export const socketMap: ChannelMap<Dispatcher> = new SocketMap();

/** @throws TypeError for a map that is not a Map */
export function checkMap<C>(map: ChannelMap<C> | null | undefined): ChannelMap<C> | null {
  if (map === null || map === undefined) return null;
  if (!(map instanceof Map)) throw typeError('map', 'a Map', map);
  return map;
}

/**
 * Closes all channels of a map, and empties the map.
 *
 * Mirrors `asyncore.close_all`.
 * @param map - default: {@link socketMap}
 * @param ignoreAll - whether to ignore errors of a channel's `close()`; `EBADF` is always ignored.
 *   Default: false
 * @throws any other error of a `close()`, and always ExitNow: the channels after it stay open and in
 *   the map; TypeError for a map that is not a Map
 * @platform POSIX
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
