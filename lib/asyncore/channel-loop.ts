/** Passes over a map of channels: each is asked what it waits for, and told what has happened. */
import { inspect } from 'node:util';
import { EventLoop, type LoopEvent, type SelectorName, type Watch } from '../loop/index.js';
import { isOpen } from '../loop/internal.js';
import type { WaitOptions } from '../waits/index.js';
import { hasCode } from './errors.js';
import { _exception, type EventHandlers, read, tellClosed, write } from './events.js';
import { ExitNow } from './exit-now.js';
import { restLeft } from './rest.js';
import { endOver, type Running, runningOver, startOver } from './running.js';

/** Seconds; the longest wait that every call takes. */
const FOREVER = 2147483;

/** What a loop needs of a channel: a part of `Dispatcher`. */
export interface Channel extends EventHandlers {
  /** It listens: it is never writable. */
  readonly accepting: boolean;
  /** Its file descriptor is negative once it is closed. */
  readonly socket: { fileno(): number } | null;
  /** Whether to tell it when it is readable. */
  readable(): boolean;
  /** Whether to tell it when it is writable. */
  writable(): boolean;
  /** It has to leave the map. */
  close(): void;
}

/** The channels by their file descriptors. */
export type ChannelMap<C = Channel> = Map<number, C>;

const events: Record<LoopEvent, (channel: Channel) => void> = {
  r: read,
  w: write,
  x: _exception,
};

/** The waiting is an event loop's; it lasts as long as this object is open. */
export class ChannelLoop implements Running {
  readonly isAsync: boolean;
  readonly #map: ChannelMap;
  readonly #loop: EventLoop;
  readonly #watched = new Map<number, Watched>();
  #isWaiting = false;
  /** What is left of the batch was told by another loop, perhaps; it comes again if it was not. */
  #isOvertaken = false;
  /** The event loop has found some, and watches them no more. */
  #hasClosedFiles = false;
  /** What a handler has left the loop with; the rest of the batch is not told. */
  #exit: ExitNow | null = null;

  constructor(map: ChannelMap, selector: SelectorName, isAsync: boolean) {
    this.isAsync = isAsync;
    this.#map = map;
    this.#loop = new EventLoop({ selector, onError: (error, where) => this.#report(error, where) });
    startOver(map, this);
  }

  /**
   * Waits once, and tells what has happened.
   * @param timeout - seconds; null: for ever
   * @throws ExitNow where a handler does; what `readable` and `writable` throw
   */
  pass(timeout: number | null): void {
    for (const other of runningOver(this.#map)) if (other !== this) other.overtaken();
    this.#loop.runOnce(this.#prepare(timeout));
    this.#leaveOnExit();
  }

  /** The same, but lets Node's own event loop go on while it waits. */
  async passAsync(timeout: number | null, options: WaitOptions): Promise<void> {
    const limit = this.#prepare(timeout);
    this.#isWaiting = true;
    try {
      await this.#loop.runOnceAsync(limit, options);
    } finally {
      this.#isWaiting = false;
    }
    this.#leaveOnExit();
  }

  forget(fd: number): void {
    this.#watched.get(fd)?.cancel();
    this.#watched.delete(fd);
    this.changed();
  }

  changed(): void {
    if (this.#isWaiting) this.#loop.wake();
  }

  overtaken(): void {
    this.#isOvertaken = true;
  }

  close(): void {
    endOver(this.#map, this);
    this.#loop.close();
  }

  #leaveOnExit(): void {
    if (this.#exit !== null) throw this.#exit;
  }

  /**
   * Watches whatever the channels want now.
   * @returns how long the wait may last; null: as long as it takes
   */
  #prepare(timeout: number | null): number | null {
    this.#isOvertaken = false;
    for (const [fd, { channel }] of [...this.#watched]) {
      if (this.#map.get(fd) !== channel) this.forget(fd);
    }
    if (this.#hasClosedFiles) this.#loseClosed();
    // Where nobody wants anything, the event loop waits only if it has a limit.
    let limit = Math.min(timeout ?? FOREVER, FOREVER);
    let isWanted = false;
    for (const [fd, channel] of [...this.#map]) {
      const rest = restLeft(channel);
      if (rest > 0) limit = Math.min(limit, rest);
      // One may have closed another when it was asked.
      if (this.#map.get(fd) === channel && this.#ask(fd, channel, rest > 0)) isWanted = true;
    }
    this.#leaveOnExit();
    if (this.#map.size === 0) return 0;
    return isWanted && limit === FOREVER ? null : limit;
  }

  #loseClosed(): void {
    this.#hasClosedFiles = false;
    for (const [fd, { channel }] of [...this.#watched]) if (!isOpen(fd)) this.#lose(fd, channel);
  }

  /** @returns whether it wants anything */
  #ask(fd: number, channel: Channel, isResting: boolean): boolean {
    const isReadable = channel.readable() && !isResting;
    // A listening socket is never writable.
    const isWritable = channel.writable() && !channel.accepting;
    let watched = this.#watched.get(fd);
    if (watched === undefined) {
      watched = new Watched(channel, (event) => this.#tell(fd, channel, events[event]));
      this.#watched.set(fd, watched);
    }
    const isOpen = (channel.socket?.fileno() ?? fd) >= 0;
    if (isOpen && watched.watch(this.#loop, fd, isReadable, isWritable)) {
      return isReadable || isWritable;
    }
    this.#lose(fd, channel);
    return false;
  }

  /** The file of a channel was closed, but not by the channel. */
  #lose(fd: number, channel: Channel): void {
    this.forget(fd);
    this.#tell(fd, channel, tellClosed);
    // There is nothing to wait for.
    if (this.#map.get(fd) === channel) this.#map.delete(fd);
  }

  #tell(fd: number, channel: Channel, event: (channel: Channel) => void): void {
    this.#isWaiting = false;
    if (this.#exit !== null || this.#isOvertaken || this.#map.get(fd) !== channel) return;
    try {
      event(channel);
    } catch (error) {
      if (error instanceof ExitNow) this.#exit = error;
      else this.#drop(fd, channel, error);
    }
  }

  /** The handleError of a channel has failed: that is reported, and the others go on. */
  #drop(fd: number, channel: Channel, error: unknown): void {
    this.#report(error, 'handleError');
    this.#loop.guard('close', () => channel.close());
    if (this.#map.get(fd) === channel) this.#map.delete(fd);
  }

  #report(error: unknown, where: string): void {
    // No handler throws into the event loop: this is its own word for a closed file.
    if (where === 'watch') this.#hasClosedFiles = true;
    else process.stderr.write(`fdselect: uncaught in ${where}: ${inspect(error)}\n`);
  }
}

/** A channel, and what it is watched for. */
class Watched {
  readonly channel: Channel;
  readonly #callback: (event: LoopEvent) => void;
  readonly #watches = new Map<LoopEvent, Watch>();

  constructor(channel: Channel, callback: (event: LoopEvent) => void) {
    this.channel = channel;
    this.#callback = callback;
  }

  /** @returns false where its file is closed */
  watch(loop: EventLoop, fd: number, isReadable: boolean, isWritable: boolean): boolean {
    try {
      this.#set(loop, fd, 'r', isReadable);
      this.#set(loop, fd, 'w', isWritable);
      // Only together with reading: whoever does not read would be told of the same byte for ever.
      this.#set(loop, fd, 'x', isReadable);
      return true;
    } catch (error) {
      if (hasCode(error, 'EBADF')) return false;
      throw error;
    }
  }

  cancel(): void {
    for (const watch of this.#watches.values()) watch.cancel();
    this.#watches.clear();
  }

  #set(loop: EventLoop, fd: number, event: LoopEvent, isWanted: boolean): void {
    const watch = this.#watches.get(event);
    if (isWanted && watch === undefined) {
      this.#watches.set(event, loop.watch(fd, event, this.#callback));
    } else if (!isWanted && watch !== undefined) {
      this.#watches.delete(event);
      watch.cancel();
    }
  }
}
