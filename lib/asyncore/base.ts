/** What every channel has, whatever it reads and writes: a place in a map, a log, empty handlers. */
import type { Socket } from '../socket/index.js';
import { declareQuiet } from './answers.js';
import type { ChannelMap } from './channel.js';
import type { Dispatcher } from './dispatcher.js';
import { describeThrown, printable } from './errors.js';
import { checkMap, socketMap } from './map.js';
import { loopsOver, type Running } from './running.js';

const WARNINGS: ReadonlySet<string> = new Set(['warning']);

/** The part of a {@link Dispatcher} that makes no calls on its socket. */
export abstract class BaseChannel {
  /** Whether subclasses log more. Default false. */
  debug = false;
  /** For subclasses; nothing here sets it. */
  closing = false;
  /**
   * Whether {@link readable} and {@link writable} change their answers only in handlers of this
   * channel and with a call of {@link changed}. Then a loop need not ask it before each wait, which
   * costs time for each channel that there is. Default false. It makes no difference to a class that
   * overrides neither of the two.
   */
  announcesChanges = false;
  /** The types of messages that {@link logInfo} does not print. Default: 'warning'. */
  ignoreLogTypes: ReadonlySet<string> = WARNINGS;
  /** Null before there is one. {@link Dispatcher.close} leaves it in place. */
  socket: Socket | null = null;

  static {
    declareQuiet(BaseChannel.prototype.readable, BaseChannel.prototype.writable);
  }

  readonly #map: ChannelMap<Dispatcher>;
  /** The loops over the map. */
  readonly #loops: Running[];
  /** Its number in the map. */
  #fd: number | null = null;

  constructor(map?: ChannelMap<Dispatcher> | null) {
    this.#map = checkMap(map) ?? socketMap;
    this.#loops = loopsOver(this.#map);
  }

  /** The file descriptor under which it is in its map; -1 where it is in none. */
  fileno(): number {
    return this.#fd ?? -1;
  }

  /** Adds it to its map, or to another one. */
  addChannel(map: ChannelMap<Dispatcher> = this.#map): void {
    const fd = this.#fd;
    if (fd === null) throw noSocket(this);
    map.set(fd, this as unknown as Dispatcher);
    for (const loop of this.#loopsOver(map)) loop.changed(fd);
  }

  /** Removes it from its map, or from another one: it gets no more events. */
  delChannel(map: ChannelMap<Dispatcher> = this.#map): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd === null || (map.get(fd) as unknown) !== this) return;
    map.delete(fd);
    // Before the file is closed: the next file may get its number.
    for (const loop of this.#loopsOver(map)) loop.forget(fd);
  }

  /** Takes a socket, which has to be non-blocking, in place of the one there is. */
  setSocket(sock: Socket, map: ChannelMap<Dispatcher> = this.#map): void {
    this.delChannel(map);
    this.socket = sock;
    this.#fd = sock.fileno();
    this.addChannel(map);
  }

  /**
   * Says that the answers of {@link readable} or {@link writable} have changed outside of a handler
   * of this channel, for example in a timer: a `loopAsync` that waits asks it again at once. The
   * methods of this package call it themselves.
   */
  changed(): void {
    if (this.#fd === null) return;
    for (const loop of this.#loops) loop.changed(this.#fd);
  }

  /** Whether to watch it for reading; asked before a wait. Default true. */
  readable(): boolean {
    return true;
  }

  /** Whether to watch it for writing; asked before a wait. Default true. */
  writable(): boolean {
    return true;
  }

  /** Prints `log: MESSAGE` to stderr. To be overridden by programs that log elsewhere. */
  log(message: unknown): void {
    process.stderr.write(`log: ${message}\n`);
  }

  /** Prints `TYPE: MESSAGE` to stdout, unless {@link ignoreLogTypes} has the type. */
  logInfo(message: unknown, type = 'info'): void {
    if (!this.ignoreLogTypes.has(type)) process.stdout.write(`${type}: ${message}\n`);
  }

  /** There is something to read, or the end of the stream. Default: nothing. */
  handleRead(): void {
    this.logInfo('unhandled read event', 'warning');
  }

  /** The kernel takes data again. Default: nothing. */
  handleWrite(): void {
    this.logInfo('unhandled write event', 'warning');
  }

  /** The connection is established. Default: nothing. */
  handleConnect(): void {
    this.logInfo('unhandled connect event', 'warning');
  }

  #loopsOver(map: ChannelMap<Dispatcher>): Running[] {
    return map === this.#map ? this.#loops : loopsOver(map);
  }
}

/** Logs what was thrown and where; `lost` is what is closed because of it. */
export function logThrown(channel: BaseChannel, error: unknown, lost: unknown): void {
  const text = `closing channel ${printable(shown(lost))} (${printable(describeThrown(error))})`;
  channel.logInfo(`uncaptured exception, ${text}`, 'error');
}

export function noSocket(channel: object): Error {
  const text = `${shown(channel)} has no socket: createSocket() makes one`;
  return Object.assign(new Error(text), { code: 'ERR_NO_SOCKET' });
}

/** A channel's own toString may throw, and must not replace the error that is to be logged. */
function shown(channel: unknown): string {
  try {
    return String(channel);
  } catch {
    return `<${(channel as object).constructor.name}, whose toString() fails>`;
  }
}
