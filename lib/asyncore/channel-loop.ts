/** One pass of a loop over a map of channels: collect their interests, wait, deliver the events. */
import { inspect } from '../native/index.js';
import { type BaseSelector, EVENT_READ, EVENT_WRITE, type Ready } from '../selectors/index.js';
import {
  EVENT_EXCEPT,
  isOpen,
  openUrgentSelector,
  type SelectorName,
} from '../selectors/internal.js';
import { type WaitOptions, Waker } from '../waits/index.js';
import { openWaiter } from '../waits/internal.js';
import { type Channel, type ChannelMap, Watched } from './channel.js';
import { hasCode } from './errors.js';
import { _exception, deliverClose, read, write } from './events.js';
import { ExitNow } from './exit-now.js';
import { SocketMap } from './map.js';
import { isQuiet } from './quiet.js';
import { restLeft } from './rest.js';
import { loopsOver, type Running } from './running.js';

/** Seconds; the longest finite timeout that select, poll and epoll all accept. */
const LONGEST = 2147483;

/** A loop over a map; between the passes it keeps its selector. */
export class ChannelLoop implements Running {
  readonly isAsync: boolean;
  readonly #map: ChannelMap;
  /** Whether the map reports its changes. Another Map must be compared with the watched channels. */
  readonly #isReporting: boolean;
  readonly #loops: Running[];
  readonly #selector: BaseSelector;
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
    this.#isReporting = map instanceof SocketMap;
    this.#selector = openUrgentSelector(selector);
    try {
      if (isAsync) openWaiter(); // now, because at the first wait no fd may be left
      this.#waker = isAsync ? new Waker() : null;
      if (this.#waker !== null) this.#selector.register(this.#waker, EVENT_READ);
    } catch (error) {
      this.#selector.close();
      throw error;
    }
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
    let ready: Ready<unknown>[] = [];
    try {
      ready = this.#selector.select(limit);
    } catch (error) {
      this.#loseClosed(error);
    }
    this.#deliver(ready);
  }

  /** As {@link pass}, but does not block the thread. */
  async passAsync(timeout: number | null, options: WaitOptions): Promise<void> {
    const limit = this.#prepare(timeout);
    if (this.#map.size === 0) return;
    let ready: Ready<unknown>[] = [];
    this.#isWaiting = true;
    try {
      ready = await this.#selector.selectAsync(limit, options);
    } catch (error) {
      this.#loseClosed(error);
    } finally {
      this.#isWaiting = false;
    }
    this.#deliver(ready);
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
    this.#selector.close();
    this.#waker?.close();
  }

  #wake(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false; // once is enough
    this.#waker?.wake();
  }

  /**
   * Watches the channels for what they want now.
   * @returns the longest wait in seconds
   */
  #prepare(timeout: number | null): number {
    if (this.#isStale || !this.#isReporting) this.#compare();
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
    return limit;
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
    }
    this.#refresh(watched);
  }

  /** Calls `readable` and `writable` of a quiet channel now; those of other channels are called before each wait. */
  #refresh(watched: Watched): void {
    if (watched.isLoud) return;
    watched.isLoud = !isQuiet(watched.channel);
    if (watched.isLoud) this.#loud.add(watched);
    else this.#ask(watched);
  }

  #ask(watched: Watched): void {
    const { channel } = watched;
    // Only together with reading: urgent data that is never read would be reported for ever.
    let events = channel.readable() ? EVENT_READ | EVENT_EXCEPT : 0;
    if (channel.writable() && !channel.accepting) events |= EVENT_WRITE;
    if (!this.#isCurrent(watched)) return; // closed meanwhile
    if (channel.accepting && this.#isResting(watched)) events = 0;
    if (channel.socket !== null && channel.socket.fileno() < 0) this.#lose(watched);
    else if (events !== watched.events) this.#watch(watched, events);
  }

  #isResting(watched: Watched): boolean {
    const isResting = restLeft(watched.channel) > 0;
    if (isResting) this.#resting.add(watched);
    else this.#resting.delete(watched);
    return isResting;
  }

  #watch(watched: Watched, events: number): void {
    const { fd } = watched;
    try {
      if (!this.#alwaysReady.has(watched)) {
        if (watched.events === 0) this.#selector.register(fd, events, watched);
        else if (events === 0) this.#selector.unregister(fd);
        else this.#selector.modify(fd, events, watched);
      }
      watched.events = events;
    } catch (error) {
      const isRefused = hasCode(error, 'EPERM');
      watched.events = isRefused ? events : 0; // the selector does not keep an fd that has failed
      if (isRefused) this.#alwaysReady.add(watched);
      else if (hasCode(error, 'EBADF', 'ENOENT')) this.#lose(watched);
      else this.#fail(watched, error);
    }
  }

  #unwatch(watched: Watched): void {
    watched.isGone = true;
    this.#watched.delete(watched.fd);
    this.#loud.delete(watched);
    this.#resting.delete(watched);
    if (this.#alwaysReady.delete(watched) || watched.events === 0) return;
    this.#selector.unregister(watched.fd);
  }

  /** After EBADF: select(2) does not say which fd is closed. */
  #loseClosed(error: unknown): void {
    if (!hasCode(error, 'EBADF')) throw error;
    for (const watched of this.#watched.values()) if (!isOpen(watched.fd)) this.#lose(watched);
  }

  #deliver(ready: Ready<unknown>[]): void {
    for (const [key, events] of ready) {
      if (this.#isStale) return; // the other events will be reported again
      if (key instanceof Watched) this.#deliverTo(key, events);
      else this.#waker?.clear();
    }
    for (const watched of this.#alwaysReady) {
      if (!this.#isStale) this.#deliverTo(watched, watched.events & ~EVENT_EXCEPT);
    }
  }

  /** Delivers urgent data, then reading, then writing. */
  #deliverTo(watched: Watched, events: number): void {
    if ((events & EVENT_EXCEPT) !== 0) this.#tell(watched, _exception);
    if ((events & EVENT_READ) !== 0) this.#tell(watched, read);
    if ((events & EVENT_WRITE) !== 0) this.#tell(watched, write);
    if (!watched.isGone) this.#refresh(watched);
  }

  #isCurrent(watched: Watched): boolean {
    if (watched.isGone) return false;
    return this.#isReporting || this.#map.get(watched.fd) === watched.channel;
  }

  #tell(watched: Watched, event: (channel: Channel) => void): void {
    if (!this.#isStale && this.#isCurrent(watched)) this.#guard(watched, event);
  }

  /** Calls a handler. If its handleError throws too, that is reported, and the channel is removed. */
  #guard({ fd, channel }: Watched, event: (channel: Channel) => void): void {
    try {
      event(channel);
    } catch (error) {
      if (error instanceof ExitNow) throw error;
      report(error, 'handleError');
      this.#remove(fd, channel);
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
    this.#guard(watched, (channel) => channel.handleError(error));
    if (this.#isCurrent(watched)) this.#remove(watched.fd, watched.channel);
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
