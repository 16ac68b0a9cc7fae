/** What a loop needs of a channel, and what it remembers of it. */
import { isQuiet } from './answers.js';
import type { EventHandlers } from './events.js';

/** What a loop needs of a channel: a part of `Dispatcher`. */
export interface Channel extends EventHandlers {
  /** It listens: it is never writable. */
  readonly accepting: boolean;
  /** Its file descriptor is negative once it is closed. */
  readonly socket: { fileno(): number } | null;
  /** Whether to watch it for reading. */
  readable(): boolean;
  /** Whether to watch it for writing. */
  writable(): boolean;
  /** It has to leave the map. */
  close(): void;
}

/** The channels by their file descriptors. */
export type ChannelMap<C = Channel> = Map<number, C>;

/** A channel, and what it is watched for. */
export class Watched {
  readonly channel: Channel;
  readonly fd: number;
  events = 0;
  /** Its `readable` and `writable` are asked before each wait, not only after its own events. */
  isLoud: boolean;
  isGone = false;

  constructor(channel: Channel, fd: number) {
    this.channel = channel;
    this.fd = fd;
    this.isLoud = !isQuiet(channel);
  }
}
