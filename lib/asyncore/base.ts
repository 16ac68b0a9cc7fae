/** The base class of channels: registration in a map, the log, and empty handlers. */
import type { Socket } from '../socket/index.js';
import type { ChannelMap } from './channel.js';
import type { Dispatcher } from './dispatcher.js';
import { describeThrown, printable } from './errors.js';
import { checkMap, socketMap } from './map.js';
import { declareQuiet } from './quiet.js';
import { loopsOver, type Running } from './running.js';

const WARNINGS: ReadonlySet<string> = new Set(['warning']);

/** The part of a {@link Dispatcher} that does not call its socket. */
export abstract class BaseChannel {
  /** Whether subclasses log more. Default: false. */
  debug = false;
  /** For subclasses; this package does not set it. Default: false. */
  closing = false;
  /**
   * Set it to true if the results of {@link readable} and {@link writable} change only in handlers of
   * this channel, or are announced by {@link changed}. Then a loop does not call them before each
   * wait, which takes time for each channel. Default: false. A class that overrides neither method
   * does not need it.
   */
  announcesChanges = false;
  /** The types of messages that {@link logInfo} does not print. Default: 'warning'. */
  ignoreLogTypes: ReadonlySet<string> = WARNINGS;
  /** Null before it is set. {@link Dispatcher.close} does not reset it. */
  socket: Socket | null = null;

  static {
    declareQuiet(BaseChannel.prototype.readable, BaseChannel.prototype.writable);
  }

  readonly #map: ChannelMap<Dispatcher>;
  /** The loops over the map. */
  readonly #loops: Running[];
  /** Its fd in the map. */
  #fd: number | null = null;

  /**
   * @param map - the map in which it is while it is open; default: `socketMap`
   * @throws TypeError for a map that is not a Map
   */
  constructor(map?: ChannelMap<Dispatcher> | null) {
    this.#map = checkMap(map) ?? socketMap;
    this.#loops = loopsOver(this.#map);
  }

  /** @returns its file descriptor in its map; -1 if it is not in a map */
  fileno(): number {
    return this.#fd ?? -1;
  }

  /**
   * Adds it to a map; {@link setSocket} calls it.
   * @param map - default: the map of the constructor
   * @throws Error `ERR_NO_SOCKET` before it has a socket
   */
  addChannel(map: ChannelMap<Dispatcher> = this.#map): void {
    const fd = this.#fd;
    if (fd === null) throw noSocket(this);
    map.set(fd, this as unknown as Dispatcher);
    for (const loop of loopsOver(map)) loop.changed(fd);
  }

  /**
   * Removes it from a map: it gets no more events. Idempotent; the socket stays open.
   * @param map - default: the map of the constructor
   */
  delChannel(map: ChannelMap<Dispatcher> = this.#map): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd === null || (map.get(fd) as unknown) !== this) return;
    map.delete(fd);
    // Before the file is closed: another file may get the number.
    for (const loop of loopsOver(map)) loop.forget(fd);
  }

  /**
   * Replaces the socket, and adds the channel to a map. The former socket is not closed.
   * @param sock - must be non-blocking
   * @param map - default: the map of the constructor
   */
  setSocket(sock: Socket, map: ChannelMap<Dispatcher> = this.#map): void {
    this.delChannel(map);
    this.socket = sock;
    this.#fd = sock.fileno();
    this.addChannel(map);
  }

  /**
   * Announces that the result of {@link readable} or {@link writable} has changed outside of a handler
   * of this channel, for example in a timer; a pending `loopAsync` calls them again at once. The
   * methods of this package call it themselves.
   */
  changed(): void {
    if (this.#fd === null) return;
    for (const loop of this.#loops) loop.changed(this.#fd);
  }

  /**
   * Called before a wait; see {@link announcesChanges}. An error that it throws ends the loop.
   * @returns whether to watch it for reading and for out-of-band data; default: true
   */
  readable(): boolean {
    return true;
  }

  /**
   * Called before a wait; see {@link announcesChanges}. An error that it throws ends the loop.
   * @returns whether to watch it for writing; default: true. A listener is never watched for it
   */
  writable(): boolean {
    return true;
  }

  /**
   * Prints `log: MESSAGE` to stderr. Override it to log elsewhere; this package calls only
   * {@link logInfo}.
   * @param message - converted to a string
   */
  log(message: unknown): void {
    process.stderr.write(`log: ${message}\n`);
  }

  /**
   * Prints `TYPE: MESSAGE` to stdout, unless {@link ignoreLogTypes} has the type.
   * @param message - converted to a string
   * @param type - this package uses 'info', 'warning' and 'error'. Default: 'info'
   */
  logInfo(message: unknown, type = 'info'): void {
    if (!this.ignoreLogTypes.has(type)) process.stdout.write(`${type}: ${message}\n`);
  }

  /**
   * Called when there is data, or the end of file. Default: logs a warning. As for every handler, an
   * error that it throws is passed to {@link Dispatcher.handleError}, except `ExitNow`.
   */
  handleRead(): void {
    this.logInfo('unhandled read event', 'warning');
  }

  /** Called when the kernel accepts data again. Default: logs a warning. */
  handleWrite(): void {
    this.logInfo('unhandled write event', 'warning');
  }

  /** Called when the connection is established. Default: logs a warning. */
  handleConnect(): void {
    this.logInfo('unhandled connect event', 'warning');
  }
}

/** Logs an error and its stack; `lost` is the channel or connection that is closed because of it. */
export function logThrown(channel: BaseChannel, error: unknown, lost: unknown): void {
  const text = `closing channel ${printable(shown(lost))} (${printable(describeThrown(error))})`;
  channel.logInfo(`uncaptured exception, ${text}`, 'error');
}

export function noSocket(channel: object): Error {
  const text = `${shown(channel)} has no socket: createSocket() makes one`;
  return Object.assign(new Error(text), { code: 'ERR_NO_SOCKET' });
}

/** The text of a channel. Its own toString may throw, which must not replace the logged error. */
function shown(channel: unknown): string {
  try {
    return String(channel);
  } catch {
    return `<${(channel as object).constructor.name}, whose toString() fails>`;
  }
}
