/** The common parts of the servers on asyncore: listening, signals, and the farewell of clients. */
import { epoll, OSError } from 'fdselect';
import { closeAll, Dispatcher, ExitNow, FileDispatcher, loop, socketMap } from 'fdselect/asyncore';
import { close, open } from 'fdselect/os';
import { type Address, formatAddress, SHUT_WR } from 'fdselect/socket';
import { FAREWELL_SECONDS, HIGH_WATER } from 'fdselect/stream';
import { openListener } from './listener.js';
import { printError, printLine, printNothing, type Say } from './output.js';
import { type ServeOptions, type Stop, sayWhere, stopSignals } from './start.js';

/** The channel of a client. */
interface ClientChannel extends Dispatcher {
  /** How many bytes are unsent. */
  readonly pending: number;
  /** Decides when its connection is closed. */
  readonly departure: Departure;
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants any[] for the base of a mixin
type ClassOf<T> = new (...args: any[]) => T;

/** Extends a class of asyncore: its {@link Departure} decides when the client is closed. */
export function departing<Base extends ClassOf<Dispatcher & { readonly pending: number }>>(
  base: Base,
): Base & ClassOf<{ departure: Departure }> {
  return class extends base {
    /** Set by the constructor of the program's class. */
    declare departure: Departure;
    // readable() and writable() change only with the channel's own events.
    override announcesChanges = true;

    override readable(): boolean {
      return this.departure.mayRead;
    }

    override handleWrite(): void {
      super.handleWrite();
      this.departure.settle();
    }

    override handleClose(): void {
      this.departure.onClose();
    }

    override handleError(error: unknown): void {
      if (!this.departure.onError(error)) super.handleError(error);
    }

    override close(): void {
      this.departure.onClosing();
      super.close();
    }
  };
}

/** The listener; a program extends it with `handleAccepted`. */
export class ChannelServer extends Dispatcher {
  protected readonly say: Say;
  readonly #signals: Signals;
  #selector: NonNullable<ServeOptions['selector']>;
  readonly #maxClients: number;
  /** The last error that was handled, and the one that has ended the listener; or null. */
  #error: unknown = null;
  #failure: unknown = null;

  constructor(options: ServeOptions) {
    const socket = openListener(options);
    super(socket);
    this.accepting = true;
    this.addr = socket.getsockname();
    this.#selector = options.selector ?? (epoll === undefined ? 'poll' : 'epoll');
    this.#maxClients = options.maxClients ?? Infinity;
    this.say = options.quiet ? printNothing : printLine;
    // First, because a process that reads the address may send a signal at once.
    this.#signals = new Signals(stopSignals(options));
    this.#rehearse();
    sayWhere(options, this.addr as [string, number]);
  }

  /**
   * Serves until a signal arrives. Then it stops accepting, sends the unsent bytes, and waits until its
   * clients have closed their ends too. After two seconds, or at a second signal, it closes them.
   * @throws the error that has ended the listener, after the same farewell
   */
  run(): void {
    const signals = this.#signals;
    if (signals.count === 0) untilExit(() => this.#loop(null));
    this.close();
    for (const channel of [...socketMap.values()]) {
      if ('departure' in channel) (channel as ClientChannel).departure.begin();
    }
    const deadline = performance.now() + FAREWELL_SECONDS * 1000;
    while (signals.count <= 1 && socketMap.size > 1 && performance.now() < deadline) {
      const left = Math.max(deadline - performance.now(), 0) / 1000;
      untilExit(() => this.#loop(left, 1));
    }
    closeAll();
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Each loop opens an epoll set. If no fd is left for it, because another worker has taken the one
   * that the loop before has closed, it uses poll(2), which needs none.
   */
  #loop(timeout: number | null, count?: number): void {
    try {
      loop(timeout, this.#selector, socketMap, count);
    } catch (error) {
      if (!(error instanceof OSError) || error.syscall !== 'epoll_create1') throw error;
      this.#selector = 'poll';
      loop(timeout, this.#selector, socketMap, count);
    }
  }

  override handleError(error: unknown): void {
    this.#error = error;
    super.handleError(error);
  }

  /** Called when the listener has failed. The program ends with its error. */
  override handleClose(): void {
    this.#failure = this.#error;
    this.close();
    throw new ExitNow();
  }

  /** False at the limit of clients: then others wait in the kernel's queue. */
  override readable(): boolean {
    return socketMap.size - 2 < this.#maxClients; // the map also holds the listener and the signals
  }

  /** Fails at the start if there are too few fds for the loop and a first client. */
  #rehearse(): void {
    const client = open('/dev/null');
    try {
      const map = new Map([[this.#signals.fileno(), this.#signals]]);
      untilExit(() => loop(0, this.#selector, map, 1));
    } finally {
      close(client);
    }
  }

  /** Prints nothing with `--quiet`. */
  override logInfo(message: unknown, type = 'info'): void {
    if (!this.ignoreLogTypes.has(type)) this.say(`${type}: ${message}`);
  }
}

/** Counts the signals, and leaves the loop at each. */
class Signals extends FileDispatcher {
  count = 0;
  readonly #pipe: Stop;

  constructor(pipe: Stop) {
    super(pipe);
    this.#pipe = pipe;
  }

  override writable(): boolean {
    return false;
  }

  override handleRead(): void {
    this.count += this.#pipe.read().length;
    throw new ExitNow();
  }
}

function untilExit(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ExitNow)) throw error;
  }
}

/**
 * Decides when the connection of a client is closed. When the client has sent its end of file, or when
 * the server ends, the unsent bytes are sent first.
 */
export class Departure {
  readonly #channel: ClientChannel;
  readonly #name: string;
  readonly #say: Say;
  #hasEnded = false;
  #hasBegun = false;
  #hasSentEnd = false;

  /** @param address - the client's address, stored because a lost connection has none */
  constructor(channel: ClientChannel, address: Address, say: Say) {
    this.#channel = channel;
    this.#name = formatAddress(address);
    this.#say = say;
    say('Connected from', this.#name);
  }

  /** While a client does not read, nothing is read from it; during the farewell, input is discarded. */
  get mayRead(): boolean {
    return !this.#hasEnded && (this.#hasBegun || this.#channel.pending < HIGH_WATER);
  }

  /** Whether the farewell has begun: nothing is answered any more. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Begins the farewell. */
  begin(): void {
    this.#hasBegun = true;
    this.#channel.changed();
    this.settle();
  }

  /**
   * For `handleClose`: the client has sent its end of file, or the connection is lost. If there are
   * unsent bytes, sending them shows which; but a connection that was lost before it was accepted is
   * closed at once.
   */
  onClose(): void {
    const { pending, connected } = this.#channel;
    if (this.#hasEnded || pending === 0 || !connected) this.#channel.close();
    else this.#hasEnded = true;
  }

  /** For `handleError`. @returns whether it was an error of this connection, which is closed then */
  onError(error: unknown): boolean {
    if (!(error instanceof OSError)) return false;
    if (error.code === 'EAGAIN') return true; // another process was quicker
    if (error.syscall === 'epoll_ctl') printError(error, 'for', this.#name);
    this.#channel.close();
    return true;
  }

  /** For `close`, which may be called more than once. */
  onClosing(): void {
    if (this.#channel.fileno() >= 0) this.#say('Disconnected from', this.#name);
  }

  /** Call it after something was sent: continues the farewell when everything is sent. */
  settle(): void {
    if (this.#channel.fileno() < 0 || this.#channel.pending > 0) return;
    if (this.#hasEnded) {
      this.#channel.close();
      return;
    }
    if (!this.#hasBegun || this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    try {
      this.#channel.socket?.shutdown(SHUT_WR);
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.#channel.close(); // the client has gone
    }
  }
}
