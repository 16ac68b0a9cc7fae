/** The channel as a loop sees it, and what the loop stores about it. */
import { isQuiet } from './answers.js';
import type { EventHandlers } from './events.js';

/** The members of `Dispatcher` that a loop uses. */
export interface Channel extends EventHandlers {
  /** Whether it listens: then it is never writable. */
  readonly accepting: boolean;
  /** Its file descriptor is negative after it was closed. */
  readonly socket: { fileno(): number } | null;
  /** Whether to watch it for reading. */
  readable(): boolean;
  /** Whether to watch it for writing. */
  writable(): boolean;
  /** Closes it and removes it from the map. */
  close(): void;
}

/** The channels by their file descriptors. */
export type ChannelMap<C = Channel> = Map<number, C>;

/** A channel, and the events for which it is watched. */
export class Watched {
  readonly channel: Channel;
  readonly fd: number;
  events = 0;
  /** Whether its `readable` and `writable` are called before each wait, not only after its events. */
  isLoud: boolean;
  isGone = false;

  constructor(channel: Channel, fd: number) {
    this.channel = channel;
    this.fd = fd;
    this.isLoud = !isQuiet(channel);
  }
}
