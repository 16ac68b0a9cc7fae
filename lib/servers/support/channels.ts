/** What the servers on asyncore have in common: listening, signals, and when a client is closed. */
import { epoll, OSError } from 'fdselect';
import { closeAll, Dispatcher, ExitNow, FileDispatcher, loop, socketMap } from 'fdselect/asyncore';
import { close, open } from 'fdselect/os';
import { type Address, formatAddress, SHUT_WR } from 'fdselect/socket';
import { FAREWELL_SECONDS, HIGH_WATER } from 'fdselect/stream';
import { printError, printLine, printNothing, type Say } from './output.js';
import { openListener, type ServeOptions, type Stop, sayWhere, stopSignals } from './start.js';

/** The channel of a client. */
interface ClientChannel extends Dispatcher {
  /** How many bytes wait to be sent to the client. */
  readonly pending: number;
  /** Decides when its connection is closed. */
  readonly departure: Departure;
}

// biome-ignore lint/suspicious/noExplicitAny: TypeScript wants any[] for the base of a mixin
type ClassOf<T> = new (...args: any[]) => T;

/** Extends a class of asyncore to a client whose {@link Departure} decides when it is closed. */
export function departing<Base extends ClassOf<Dispatcher & { readonly pending: number }>>(
  base: Base,
): Base & ClassOf<{ departure: Departure }> {
  return class extends base {
    /** The constructor of the program's class sets it. */
    declare departure: Departure;
    // What it wants to read and to write depends on its own events only.
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

/** Listens; a program extends it with `handleAccepted`. */
export class ChannelServer extends Dispatcher {
  protected readonly say: Say;
  readonly #signals: Signals;
  readonly #selector: NonNullable<ServeOptions['selector']>;
  readonly #maxClients: number;
  /** The last error that was handled, and the one that has ended the listener; null for none. */
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
    // First: a program that has read where the server listens may send a signal at once.
    this.#signals = new Signals(stopSignals(options));
    this.#rehearse();
    sayWhere(options, this.addr as [string, number]);
  }

  /**
   * Serves until a signal comes. Then it stops accepting, sends what is queued, and waits until its
   * clients have closed their ends, too. Two seconds later, or at a second signal, it closes them.
   * @throws the error of the listener that has ended it, after the same farewell
   */
  run(): void {
    const signals = this.#signals;
    if (signals.count === 0) untilExit(() => loop(null, this.#selector));
    this.close();
    for (const channel of [...socketMap.values()]) {
      if ('departure' in channel) (channel as ClientChannel).departure.begin();
    }
    const deadline = performance.now() + FAREWELL_SECONDS * 1000;
    while (signals.count <= 1 && socketMap.size > 1 && performance.now() < deadline) {
      const left = Math.max(deadline - performance.now(), 0) / 1000;
      untilExit(() => loop(left, this.#selector, socketMap, 1));
    }
    closeAll();
    if (this.#failure !== null) throw this.#failure;
  }

  override handleError(error: unknown): void {
    this.#error = error;
    super.handleError(error);
  }

  /** The listener has failed. Without it the program is of no use, so it ends and says why. */
  override handleClose(): void {
    this.#failure = this.#error;
    this.close();
    throw new ExitNow();
  }

  /** With as many clients as it may have, the next ones wait in the kernel's queue. */
  override readable(): boolean {
    return socketMap.size - 2 < this.#maxClients; // it is in the map itself, and so are the signals
  }

  /** Opens what the loop needs, and the fd of a first client: with too few it must not listen. */
  #rehearse(): void {
    const client = open('/dev/null');
    try {
      const map = new Map([[this.#signals.fileno(), this.#signals]]);
      untilExit(() => loop(0, this.#selector, map, 1));
    } finally {
      close(client);
    }
  }

  /** Not past `--quiet`. */
  override logInfo(message: unknown, type = 'info'): void {
    if (!this.ignoreLogTypes.has(type)) this.say(`${type}: ${message}`);
  }
}

/** Leaves the loop at each signal. */
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
 * Decides when the connection of a client is closed: a client that has sent its end of file gets what
 * it was promised first, and so does each client when the server ends.
 */
export class Departure {
  readonly #channel: ClientChannel;
  readonly #name: string;
  readonly #say: Say;
  #hasEnded = false;
  #hasBegun = false;
  #hasSentEnd = false;

  /** @param address - of the client; kept, because a lost connection has none any more */
  constructor(channel: ClientChannel, address: Address, say: Say) {
    this.#channel = channel;
    this.#name = formatAddress(address);
    this.#say = say;
    say('Connected from', this.#name);
  }

  /** While a client does not read, nothing more is read from it; at the end, input is discarded. */
  get mayRead(): boolean {
    return !this.#hasEnded && (this.#hasBegun || this.#channel.pending < HIGH_WATER);
  }

  /** Whether the server ends: nothing is answered any more. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The server ends. */
  begin(): void {
    this.#hasBegun = true;
    this.#channel.changed();
    this.settle();
  }

  /**
   * For `handleClose`: the client has ended, or the connection is lost. If there is still something
   * to send, sending it shows which; to a connection that was lost before it was accepted, nothing
   * can be sent.
   */
  onClose(): void {
    const { pending, connected } = this.#channel;
    if (this.#hasEnded || pending === 0 || !connected) this.#channel.close();
    else this.#hasEnded = true;
  }

  /** For `handleError`. @returns whether it was an error of this connection, which is lost then */
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

  /** To be called when something was sent. */
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
      this.#channel.close(); // the client is gone
    }
  }
}
