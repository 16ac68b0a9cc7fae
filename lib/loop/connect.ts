/** `connect()`: connects in an event loop; looks up names and tries all their addresses. */
import { errnoNumber } from '../native/index.js';
import type { Address } from '../socket/index.js';
import { AF_INET, AF_INET6, type Socket, toEndpoint } from '../socket/internal.js';
import { type ConnectionOptions, Limits, setNoDelay } from '../stream/internal.js';
import { checkHas, OSError, toOptions } from '../values/index.js';
import { familyOf, hostName, interleaved } from './addresses.js';
import { Attempt, connectError } from './attempt.js';
import { currentContext } from './context.js';
import type { EventLoop } from './event-loop.js';
import { adopt, begin, type OnConnection } from './listener.js';
import type { FoundAddress } from './lookup.js';
import { checkFunction } from './options.js';
import { checkSeconds } from './seconds.js';
import type { DelayedCall } from './timers.js';

const ETIMEDOUT = errnoNumber('ETIMEDOUT');
const ECONNABORTED = errnoNumber('ECONNABORTED');

/** Seconds; RFC 8305, section 5: the delay before another address is tried in parallel. */
const ATTEMPT_DELAY = 0.25;

/** The options of {@link connect}, those of its connection included. */
export interface ConnectOptions extends ConnectionOptions {
  /**
   * The address family. Default: AF_UNIX for a path, for a numeric host its own, for a name each that it
   * has.
   */
  family?: number | undefined;
  /** Called once when the connection is established; returns its handlers. */
  onConnection: OnConnection;
  /**
   * Called once if connecting fails; never before `connect` has returned. The `error` is an OSError with
   * the `address` (and `port`) of the attempt; where several addresses were tried, its `errors` has the
   * OSError of each.
   */
  onFailed: (error: Error) => void;
  /**
   * **Seconds**, 0 or more and finite, the lookup included; then it fails with `ETIMEDOUT`. Default, and
   * null: no limit.
   */
  timeout?: number | null | undefined;
}

type Target = readonly [family: number, address: Address];

/**
 * A pending connect. Made by {@link connect}.
 * @platform POSIX
 */
export class Connector {
  readonly #loop: EventLoop;
  readonly #address: Address;
  readonly #options: ConnectOptions;
  readonly #limits: Limits;
  readonly #context = currentContext();
  /** The addresses that were not tried yet. */
  #targets: Target[] = [];
  readonly #attempts = new Set<Attempt>();
  readonly #failures: OSError[] = [];
  /** The timer for the next address. */
  #next: DelayedCall | null = null;
  #timer: DelayedCall | null = null;
  /** Cancels the lookup; null if there is none. */
  #endLookup: (() => void) | null = null;
  #isOver = false;
  /** The error for `onFailed`, until that is called. */
  #failure: OSError | null = null;

  /** For {@link connect} only. */
  constructor(loop: EventLoop, address: Address, options: ConnectOptions) {
    this.#loop = loop;
    this.#address = address;
    this.#options = options;
    this.#limits = new Limits(options);
    try {
      loop.own(this);
      this.#start();
    } catch (error) {
      this.#end();
      this.#loop.disown(this);
      throw error;
    }
  }

  /** Gives up, unless it has ended: `onFailed` gets `ECONNABORTED`. Idempotent. */
  cancel(): void {
    this.#failSoon(new OSError(ECONNABORTED, 'connect'));
  }

  /** Gives up and calls `onFailed` at once; for the closing of the loop. */
  [Symbol.dispose](): void {
    this.#fail(new OSError(ECONNABORTED, 'connect'));
    this.#tellFailure();
  }

  #start(): void {
    const { timeout, family } = this.#options;
    if (timeout !== null && timeout !== undefined) {
      checkSeconds(timeout, 0, 'timeout');
      this.#timer = this.#loop.callLater(timeout, () => this.#onTimeout());
    }
    const host = hostName(this.#address);
    if (host === null) {
      const target: Target = [family ?? familyOf(this.#address), this.#address];
      this.#attempts.add(new Attempt(this.#loop, target[1], target[0], this));
      return;
    }
    const [, name] = toEndpoint(AF_INET, this.#address); // checks the port
    const wanted = family === AF_INET6 ? 6 : family === AF_INET ? 4 : 0;
    this.#loop.callSoon(() => this.#lookUp(name as string, wanted)); // its errors are for onFailed
  }

  #lookUp(host: string, family: number): void {
    if (this.#isOver) return;
    try {
      this.#endLookup = this.#loop.lookUp(host, family, (error, found) => {
        this.#endLookup = null;
        if (this.#isOver) return;
        if (error !== null) this.#finish(error);
        else this.#try(host, found);
      });
    } catch (error) {
      this.#finish(error as OSError); // no thread or no fd is left for it
    }
  }

  #try(host: string, found: FoundAddress[]): void {
    const [, ...rest] = this.#address as [string, number];
    this.#targets = interleaved(found).map(({ address, family, scopeid }): Target => {
      if (family === 4) return [AF_INET, [address, ...rest] as Address];
      const [port, flowinfo = 0, scope = 0] = rest as number[];
      return [AF_INET6, [address, port, flowinfo, scopeid || scope] as Address];
    });
    if (this.#targets.length > 0) this.#tryNext();
    else this.#finish(new OSError(errnoNumber('EADDRNOTAVAIL'), 'getaddrinfo', ` (${host})`));
  }

  /** RFC 8305: tries one address after another, without waiting long for the one before. */
  #tryNext(): void {
    this.#next?.cancel();
    this.#next = null;
    const target = this.#targets.shift();
    if (target === undefined) {
      if (this.#attempts.size === 0) this.#finish(this.#summary());
      return;
    }
    const [family, address] = target;
    try {
      this.#attempts.add(new Attempt(this.#loop, address, family, this));
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      this.#failures.push(error);
      this.#tryNext();
      return;
    }
    if (this.#targets.length > 0) {
      this.#next = this.#loop.callLater(ATTEMPT_DELAY, () => this.#tryNext());
    }
  }

  /** For {@link Attempt}. @internal */
  failed(attempt: Attempt, error: OSError): void {
    this.#attempts.delete(attempt);
    this.#failures.push(error);
    if (!this.#isOver) this.#tryNext();
  }

  /** For {@link Attempt}. @internal */
  connected(socket: Socket, address: Address): void {
    this.#end(socket);
    this.#loop.disown(this);
    if (this.#limits.noDelay) setNoDelay(socket);
    this.#loop.guard('onConnection', () => {
      const connection = adopt(this.#loop, socket, peerOf(socket, address), this.#limits);
      if (connection !== null) begin(connection, this.#options.onConnection);
      else this.#options.onFailed(connectError(ECONNABORTED, address));
    });
  }

  #onTimeout(): void {
    const error = new OSError(ETIMEDOUT, 'connect');
    this.#finish(this.#failures.length === 0 ? error : withErrors(error, this.#failures));
  }

  /** The error when all addresses have failed. */
  #summary(): OSError {
    const [first, ...others] = this.#failures as [OSError, ...OSError[]];
    if (others.length === 0) return first;
    const all = this.#failures.map((one) => `${(one as { address?: string }).address} ${one.code}`);
    const detail = ` (${all.join(', ')})`;
    return withErrors(new OSError(first.errno, 'connect', detail), this.#failures);
  }

  #finish(error: OSError): void {
    this.#fail(error);
    this.#tellFailure();
  }

  #failSoon(error: OSError): void {
    if (this.#isOver) return;
    this.#fail(error);
    this.#loop.callSoon(() => this.#tellFailure());
  }

  #fail(error: OSError): void {
    if (this.#isOver) return;
    this.#end();
    this.#failure = error;
  }

  /** Calls `onFailed`. The loop owns this object until then, so closing the loop calls it too. */
  #tellFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    this.#loop.disown(this);
    if (failure === null) return;
    const { onFailed } = this.#options;
    this.#loop.invoke('onFailed', this.#context, onFailed, this.#options, failure);
  }

  /** Cancels everything that is pending, except the attempt that has connected a socket. */
  #end(connected: Socket | null = null): void {
    this.#isOver = true;
    this.#endLookup?.();
    this.#endLookup = null;
    this.#next?.cancel();
    this.#timer?.cancel();
    for (const attempt of this.#attempts) attempt.release(connected);
    this.#attempts.clear();
  }
}

/** The peer's address; the given address if the peer has already gone. */
function peerOf(socket: Socket, address: Address): Address {
  try {
    return socket.getpeername();
  } catch {
    return address;
  }
}

function withErrors(error: OSError, errors: readonly OSError[]): OSError {
  return Object.assign(error, { errors: [...errors] });
}

/**
 * Connects in a loop; connect(2). A host name is looked up by getaddrinfo(3) in another thread. All its
 * addresses are tried, one more each 250 ms and at once after a failure, until one is connected (RFC
 * 8305). A Unix listener whose backlog is full is tried again until it has room.
 *
 * @param loop - in which the connection lives; it need not run yet
 * @param address - host and port, or the path of a Unix socket
 * @param options - see {@link ConnectOptions}
 * @returns an object to give up
 * @throws OSError if no fd is left; TypeError, RangeError for arguments of the wrong type or out of
 *   range; Error `ERR_CLOSED` if the loop is closed. Later errors, such as an unknown name, are passed
 *   to `onFailed`.
 * @platform POSIX
 */
export function connect(loop: EventLoop, address: Address, options: ConnectOptions): Connector {
  checkHas('loop', 'an EventLoop', loop, 'callLater');
  const { onConnection, onFailed } = toOptions(options);
  checkFunction('onConnection', onConnection);
  checkFunction('onFailed', onFailed);
  return new Connector(loop, address, options);
}
