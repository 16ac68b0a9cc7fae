/** What the servers on asyncore have in common: listening, signals, and when a client is left. */
import { isIPv6 } from 'node:net';
import { epoll, OSError } from 'fdselect';
import { closeAll, Dispatcher, ExitNow, FileDispatcher, loop, socketMap } from 'fdselect/asyncore';
import type { SignalPipe } from 'fdselect/signal';
import { type Address, AF_INET, AF_INET6, formatAddress, SHUT_WR } from 'fdselect/socket';
import { HIGH_WATER } from './limits.js';
import type { Say } from './output.js';
import { announce, type ServeOptions } from './start.js';

const BACKLOG = 1024;

/** How long the clients have at the end, all together. */
const PATIENCE_MS = 2000;

/** The channel of a client. */
export interface ClientChannel extends Dispatcher {
  /** How many bytes are on their way to the client. */
  readonly unsent: number;
  /** When its connection is closed. */
  readonly departure: Departure;
}

/** Listens; a program extends it with `handleAccepted`. */
export class ChannelServer extends Dispatcher {
  protected readonly say: Say;
  readonly #stop: SignalPipe;
  readonly #selector: NonNullable<ServeOptions['selector']>;

  constructor(options: ServeOptions) {
    super();
    const { host, port, selector = epoll === undefined ? 'poll' : 'epoll' } = options;
    this.#selector = selector;
    this.createSocket(isIPv6(host) ? AF_INET6 : AF_INET);
    this.setReuseAddr();
    this.bind([host, port]);
    this.listen(BACKLOG);
    const { stop, say } = announce(options, this.socket?.getsockname() as [string, number]);
    this.#stop = stop;
    this.say = say;
  }

  /**
   * Serves until a signal comes. Then it stops accepting, sends what is queued, and waits until its
   * clients have closed their ends, too; two seconds later, or at a second signal, it closes them.
   */
  run(): void {
    const signals = new Signals(this.#stop);
    untilExit(() => loop(null, this.#selector));
    this.close();
    for (const channel of [...socketMap.values()]) {
      if ('departure' in channel) (channel as ClientChannel).departure.begin();
    }
    const deadline = performance.now() + PATIENCE_MS;
    while (signals.count === 1 && socketMap.size > 1 && performance.now() < deadline) {
      const left = Math.max(deadline - performance.now(), 0) / 1000;
      untilExit(() => loop(left, this.#selector, socketMap, 1));
    }
    closeAll();
  }

  /** Not past `--quiet`. */
  override logInfo(message: unknown, type = 'info'): void {
    if (!this.ignoreLogTypes.has(type)) this.say(`${type}: ${message}`);
  }
}

/** Leaves the loop at each signal. */
class Signals extends FileDispatcher {
  count = 0;
  readonly #pipe: SignalPipe;

  constructor(pipe: SignalPipe) {
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
 * Decides when the connection of a client is closed: a client that has ended gets what it was
 * promised first, and so does each when the server ends.
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
    say(`Connected from ${this.#name}`);
  }

  /** While a client does not read, nothing more is read from it; at the end, all is thrown away. */
  get mayRead(): boolean {
    return !this.#hasEnded && (this.#hasBegun || this.#channel.unsent < HIGH_WATER);
  }

  /** Whether the server is about to leave: nothing is answered any more. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The server is about to leave. */
  begin(): void {
    this.#hasBegun = true;
    this.settle();
  }

  /** For `handleClose`: the client has ended, or the connection is lost, which sending tells. */
  onClose(): void {
    if (this.#hasEnded || this.#channel.unsent === 0) this.#channel.close();
    else this.#hasEnded = true;
  }

  /** For `handleError`: what is wrong with a connection is the loss of that one. */
  onError(error: unknown): boolean {
    if (!(error instanceof OSError)) return false;
    if (error.code !== 'EAGAIN') this.#channel.close(); // somebody else was quicker
    return true;
  }

  /** For `close`, which may be called more than once. */
  onClosing(): void {
    if (this.#channel.fileno() >= 0) this.#say(`Disconnected from ${this.#name}`);
  }

  /** To be called when something was sent. */
  settle(): void {
    if (this.#channel.fileno() < 0 || this.#channel.unsent > 0) return;
    if (this.#hasEnded) {
      this.#channel.close();
      return;
    }
    if (!this.#hasBegun || this.#hasSentEnd) return;
    this.#hasSentEnd = true;
    try {
      this.#channel.socket?.shutdown(SHUT_WR);
    } catch (error) {
      if (!this.onError(error)) throw error;
    }
  }
}
