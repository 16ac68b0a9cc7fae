/** One pass of a loop over a map of channels: collect their interests, wait, deliver the events. */
import { inspect } from 'node:util';
import { getBlocking } from '../os/index.js';
import { OSError } from '../values/index.js';
import { POLLIN, POLLNVAL, POLLOUT, POLLPRI, type WaitOptions, Waker } from '../waits/index.js';
import { openWaiter } from '../waits/internal.js';
import { isQuiet } from './answers.js';
import { type Channel, type ChannelMap, Watched } from './channel.js';
import { hasCode } from './errors.js';
import { _exception, deliverClose, read, write } from './events.js';
import { ExitNow } from './exit-now.js';
import { SocketMap } from './map.js';
import { openPollster, type Pollster, type ReadyList, type SelectorName } from './pollster.js';
import { restLeft } from './rest.js';
import { loopsOver, type Running } from './running.js';

/** Seconds; the longest finite timeout that select, poll and epoll all accept. */
const LONGEST = 2147483;

/** A loop over a map; between the passes it keeps its epoll set or poll object. */
export class ChannelLoop implements Running {
  readonly isAsync: boolean;
  readonly #map: ChannelMap;
  readonly #loops: Running[];
  readonly #pollster: Pollster;
  /** Ends an asynchronous wait when a channel changes meanwhile. */
  readonly #waker: Waker | null;
  readonly #watched = new Map<number, Watched>();
  readonly #loud = new Set<Watched>();
  /** The fds of the channels that have changed since the last pass. */
  readonly #changed = new Set<number>();
  /** Regular files, which epoll refuses: they are always readable and writable. */
  readonly #alwaysReady = new Set<Watched>();
  readonly #resting = new Set<Watched>();
  /** All channels must be asked: this loop is new, or another loop has delivered events. */
  #isStale = true;
  #isWaiting = false;

  constructor(map: ChannelMap, selector: SelectorName, isAsync: boolean) {
    this.isAsync = isAsync;
    this.#map = map;
    this.#pollster = openPollster(selector);
    try {
      if (isAsync) openWaiter(); // now, because at the first wait no fd may be left
      this.#waker = isAsync ? new Waker() : null;
    } catch (error) {
      this.#pollster.close();
      throw error;
    }
    if (this.#waker !== null) this.#pollster.watch(this.#waker.fileno(), POLLIN, 0);
    this.#loops = loopsOver(map);
    this.#loops.push(this);
  }

  /**
   * Waits once, and delivers the events.
   * @param timeout - seconds; null: for ever
   * @throws ExitNow if a handler throws it; errors of `readable` and `writable`
   */
  pass(timeout: number | null): void {
    for (const other of this.#loops) if (other !== this) other.overtaken();
    const limit = this.#prepare(timeout);
    if (this.#map.size === 0) return;
    this.#deliver(this.#waitBlocking(limit));
  }

  /** As {@link pass}, but does not block the thread. */
  async passAsync(timeout: number | null, options: WaitOptions): Promise<void> {
    const limit = this.#prepare(timeout);
    if (this.#map.size === 0) return;
    this.#deliver(await this.#wait(limit, options));
  }

  changed(fd: number): void {
    if (this.#watched.get(fd)?.isLoud !== true) this.#changed.add(fd);
    this.#wake();
  }

  forget(fd: number): void {
    this.#changed.delete(fd);
    const watched = this.#watched.get(fd);
    if (watched !== undefined) this.#unwatch(watched);
    this.#wake();
  }

  overtaken(): void {
    this.#isStale = true;
  }

  close(): void {
    this.#loops.splice(this.#loops.indexOf(this), 1);
    this.#pollster.close();
    this.#waker?.close();
  }

  #wake(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false; // once is enough
    this.#waker?.wake();
  }

  /**
   * Watches the channels for what they want now.
   * @returns the longest wait in seconds; null: for ever
   */
  #prepare(timeout: number | null): number | null {
    if (this.#isStale || !(this.#map instanceof SocketMap)) this.#compare();
    this.#isStale = false;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const fd of changed) this.#update(fd);
    for (const watched of this.#loud) this.#ask(watched);
    // Asking a channel may have changed others: these must be asked before the wait.
    if (this.#alwaysReady.size > 0 || this.#changed.size > 0) return 0;
    let limit = timeout === null ? Infinity : Math.min(timeout, LONGEST);
    for (const watched of this.#resting) {
      const left = restLeft(watched.channel);
      if (left === 0) this.#ask(watched);
      else limit = Math.min(limit, left);
    }
    return limit === Infinity ? null : limit;
  }

  /** Compares the map with the watched channels. */
  #compare(): void {
    for (const [fd, { channel }] of this.#watched) {
      if (this.#map.get(fd) !== channel) this.forget(fd);
    }
    for (const fd of this.#map.keys()) {
      if (this.#isStale || !this.#watched.has(fd)) this.#changed.add(fd);
    }
  }

  #update(fd: number): void {
    const channel = this.#map.get(fd);
    let watched = this.#watched.get(fd);
    if (watched !== undefined && watched.channel !== channel) {
      this.#unwatch(watched);
      watched = undefined;
    }
    if (channel === undefined) return;
    if (watched === undefined) {
      watched = new Watched(channel, fd);
      this.#watched.set(fd, watched);
      if (watched.isLoud) this.#loud.add(watched);
    }
    if (!watched.isLoud) this.#ask(watched);
  }

  #ask(watched: Watched): void {
    const { channel } = watched;
    if (!watched.isLoud && !isQuiet(channel)) {
      watched.isLoud = true;
      this.#loud.add(watched);
    }
    // POLLPRI only with POLLIN: urgent data that is never read would be reported for ever.
    let events = channel.readable() ? POLLIN | POLLPRI : 0;
    if (channel.writable() && !channel.accepting) events |= POLLOUT;
    if (!this.#isCurrent(watched)) return; // closed meanwhile
    if (channel.accepting && this.#isResting(watched)) events = 0;
    if (channel.socket !== null && channel.socket.fileno() < 0) this.#lose(watched);
    else if (events !== watched.events) this.#watch(watched, events);
  }

  #isResting(watched: Watched): boolean {
    if (restLeft(watched.channel) > 0) this.#resting.add(watched);
    else this.#resting.delete(watched);
    return this.#resting.has(watched);
  }

  #watch(watched: Watched, events: number): void {
    const { fd, events: before } = watched;
    watched.events = events;
    if (this.#alwaysReady.has(watched)) return;
    try {
      this.#pollster.watch(fd, events, before);
    } catch (error) {
      watched.events = before;
      if (hasCode(error, 'EPERM')) {
        watched.events = events;
        this.#alwaysReady.add(watched);
      } else if (hasCode(error, 'EBADF', 'ENOENT')) this.#lose(watched);
      else this.#fail(watched, error);
    }
  }

  #unwatch(watched: Watched): void {
    watched.isGone = true;
    this.#watched.delete(watched.fd);
    this.#loud.delete(watched);
    this.#resting.delete(watched);
    if (this.#alwaysReady.delete(watched) || watched.events === 0) return;
    this.#pollster.watch(watched.fd, 0, watched.events);
  }

  #waitBlocking(limit: number | null): ReadyList {
    try {
      return this.#pollster.wait(limit);
    } catch (error) {
      return this.#loseClosed(error);
    }
  }

  async #wait(limit: number | null, options: WaitOptions): Promise<ReadyList> {
    this.#isWaiting = true;
    try {
      return await this.#pollster.waitAsync(limit, options);
    } catch (error) {
      return this.#loseClosed(error);
    } finally {
      this.#isWaiting = false;
    }
  }

  /** After EBADF: select(2) does not say which fd is closed. */
  #loseClosed(error: unknown): ReadyList {
    if (!hasCode(error, 'EBADF')) throw error;
    for (const watched of this.#watched.values()) if (!isOpen(watched.fd)) this.#lose(watched);
    return [];
  }

  #deliver(ready: ReadyList): void {
    for (const [fd, revents] of ready) {
      if (this.#isStale) return; // the other events will be reported again
      const watched = this.#watched.get(fd);
      if (watched !== undefined) this.#deliverTo(watched, revents);
      else if (fd === this.#waker?.fileno()) this.#waker.clear();
    }
    for (const watched of this.#alwaysReady) {
      if (!this.#isStale) this.#deliverTo(watched, watched.events & ~POLLPRI);
    }
  }

  /** Delivers urgent data, then reading, then writing; an error or a hang-up counts as both. */
  #deliverTo(watched: Watched, revents: number): void {
    const { events } = watched;
    if ((revents & POLLNVAL) !== 0) {
      this.#lose(watched);
      return;
    }
    const others = revents & ~POLLPRI;
    if ((revents & events & POLLPRI) !== 0) this.#tell(watched, _exception);
    if ((events & POLLIN) !== 0 && (others & ~POLLOUT) !== 0) this.#tell(watched, read);
    if ((events & POLLOUT) !== 0 && (others & ~POLLIN) !== 0) this.#tell(watched, write);
    if (!watched.isLoud && this.#isCurrent(watched)) this.#ask(watched);
  }

  #isCurrent(watched: Watched): boolean {
    return !watched.isGone && this.#map.get(watched.fd) === watched.channel;
  }

  #tell(watched: Watched, event: (channel: Channel) => void): void {
    if (this.#isStale || !this.#isCurrent(watched)) return;
    this.#guard(watched, event);
  }

  #guard({ fd, channel }: Watched, event: (channel: Channel) => void): void {
    try {
      event(channel);
    } catch (error) {
      if (error instanceof ExitNow) throw error;
      this.#drop(fd, channel, error);
    }
  }

  /** Removes a channel whose file was closed by other code. */
  #lose(watched: Watched): void {
    const { fd, channel } = watched;
    const { socket } = channel;
    this.#unwatch(watched);
    this.#guard(watched, deliverClose);
    // Unless the channel has a new socket with the same number.
    if (this.#map.get(fd) === channel && channel.socket === socket) this.#map.delete(fd);
  }

  /** Removes a channel that the system refuses to watch; the others continue. */
  #fail(watched: Watched, error: unknown): void {
    const { fd, channel } = watched;
    this.#guard(watched, () => channel.handleError(error));
    if (this.#isCurrent(watched)) this.#remove(fd, channel);
  }

  /** Removes a channel whose handleError has thrown, and reports the error; the others continue. */
  #drop(fd: number, channel: Channel, error: unknown): void {
    report(error, 'handleError');
    this.#remove(fd, channel);
  }

  #remove(fd: number, channel: Channel): void {
    try {
      channel.close();
    } catch (error) {
      if (error instanceof ExitNow) throw error;
      report(error, 'close');
    }
    if (this.#map.get(fd) === channel) this.#map.delete(fd);
  }
}

function report(error: unknown, where: string): void {
  process.stderr.write(`fdselect: uncaught in ${where}: ${inspect(error)}\n`);
}

function isOpen(fd: number): boolean {
  try {
    getBlocking(fd);
    return true;
  } catch (error) {
    if (error instanceof OSError) return false;
    throw error;
  }
}
