/** The channel as a loop sees it, and what the loop stores about it. */
import { OwnKey } from '../selectors/internal.js';
import type { EventHandlers } from './events.js';

/** The members of `Dispatcher` that a loop uses: any object that has them can be in a map. */
export interface Channel extends EventHandlers {
  /** Whether it listens: then it is never writable. */
  readonly accepting: boolean;
  /** Its file descriptor is negative after it was closed. */
  readonly socket: {
    /** The file descriptor; negative after it was closed. */
    fileno(): number;
  } | null;
  /** Whether {@link readable} and {@link writable} change only with its events and with `changed`. */
  readonly announcesChanges?: boolean;
  /** Whether to watch it for reading and for out-of-band data. An error ends the loop. */
  readable(): boolean;
  /** Whether to watch it for writing. An error ends the loop. */
  writable(): boolean;
  /** Closes it and removes it from the map. A loop prints an error that it throws to stderr. */
  close(): void;
}

/** The channels by their file descriptors, as Python's `asyncore.socket_map`. */
export type ChannelMap<C = Channel> = Map<number, C>;

/** A channel, and the events for which it is watched; also its key in the loop's selector. */
export class Watched extends OwnKey {
  readonly channel: Channel;
  events = 0;
  /** Whether its `readable` and `writable` are called before each wait, not only after its events. */
  isLoud = false;
  isGone = false;

  constructor(channel: Channel, fd: number) {
    super(fd);
    this.channel = channel;
  }
}
