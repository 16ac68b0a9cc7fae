/** Connecting in an event loop. */
import { constants } from 'node:os';
import type { Address } from '../socket/index.js';
import { SO_ERROR, SOL_SOCKET, Socket } from '../socket/index.js';
import { type ConnectionOptions, Limits, setNoDelay } from '../stream/internal.js';
import { OSError, typeError } from '../values/index.js';
import { currentContext } from './context.js';
import type { EventLoop } from './event-loop.js';
import { familyOf } from './family.js';
import { adopt, begin, type OnConnection } from './listener.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

const { EINPROGRESS, ETIMEDOUT, ECONNABORTED } = constants.errno;

/** The options of {@link connect}; those of its connection among them. */
export interface ConnectOptions extends ConnectionOptions {
  /** Default: AF_UNIX for a path, AF_INET6 for an IPv6 number, else AF_INET. */
  family?: number | undefined;
  /** Is called when the connection is there, and returns its handlers. */
  onConnection: OnConnection;
  /** Is called once, instead, with the reason; never before `connect` has returned. */
  onFailed: (error: Error) => void;
  /** Seconds; then it has failed with `ETIMEDOUT`. Default, and null: as long as the system tries. */
  timeout?: number | null | undefined;
}

/** An attempt to connect. Made by {@link connect}. */
export class Connector {
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  readonly #address: Address;
  readonly #options: ConnectOptions;
  readonly #limits: Limits;
  readonly #context = currentContext();
  #watch: Watch | null = null;
  #timer: DelayedCall | null = null;
  #isOver = false;
  /** Why it has failed, until that was told. */
  #failure: OSError | null = null;

  /** For {@link connect} only. */
  constructor(loop: EventLoop, address: Address, options: ConnectOptions) {
    this.#loop = loop;
    this.#address = address;
    this.#options = options;
    this.#limits = new Limits(options);
    this.#socket = new Socket(options.family ?? familyOf(address));
    try {
      loop.own(this);
      this.#socket.setblocking(false);
      this.#start();
    } catch (error) {
      this.#end();
      this.#loop.disown(this);
      this.#socket.close();
      throw error;
    }
  }

  /** Gives up, unless it is over: it has failed with `ECONNABORTED` then. Idempotent. */
  cancel(): void {
    this.#failSoon(new OSError(ECONNABORTED, 'connect'));
  }

  /** Gives up, and says so at once; for the loop, whose end it is. */
  [Symbol.dispose](): void {
    this.#fail(new OSError(ECONNABORTED, 'connect'));
    this.#tellFailure();
  }

  #start(): void {
    const { timeout } = this.#options;
    if (timeout !== null && timeout !== undefined) {
      this.#timer = this.#loop.callLater(timeout, () => {
        this.#fail(new OSError(ETIMEDOUT, 'connect'));
        this.#tellFailure();
      });
    }
    const result = Math.abs(this.#socket.connectEx(this.#address));
    if (result !== 0 && result !== EINPROGRESS) this.#failSoon(new OSError(result, 'connect'));
    else this.#watch = this.#loop.once(this.#socket, 'w', this.#onWritable);
  }

  readonly #onWritable = (): void => {
    // Once only: reading it clears it.
    const error = this.#socket.getsockopt(SOL_SOCKET, SO_ERROR);
    if (error !== 0) {
      this.#fail(new OSError(error, 'connect'));
      this.#tellFailure();
      return;
    }
    this.#end();
    this.#loop.disown(this);
    this.#loop.guard('onConnection', () => {
      if (this.#limits.noDelay) setNoDelay(this.#socket);
      const connection = adopt(this.#loop, this.#socket, this.#peer(), this.#limits);
      if (connection !== null) begin(connection, this.#options.onConnection);
      else this.#options.onFailed(new OSError(ECONNABORTED, 'connect'));
    });
  };

  /** What was asked for may be a name; but who is gone already has no address any more. */
  #peer(): Address {
    try {
      return this.#socket.getpeername();
    } catch {
      return this.#address;
    }
  }

  #failSoon(error: OSError): void {
    if (this.#isOver) return;
    this.#fail(error);
    this.#loop.callSoon(() => this.#tellFailure());
  }

  #fail(error: OSError): void {
    if (this.#isOver) return;
    this.#end();
    this.#socket.close();
    this.#failure = error;
  }

  /** The loop owns it until then: it is told even if the loop is closed before its turn. */
  #tellFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    this.#loop.disown(this);
    if (failure === null) return;
    const { onFailed } = this.#options;
    this.#loop.invoke('onFailed', this.#context, onFailed, this.#options, failure);
  }

  #end(): void {
    this.#isOver = true;
    this.#watch?.cancel();
    this.#timer?.cancel();
  }
}

/**
 * Connects in a loop. A host name is looked up at once, which may take its time; the first of its
 * addresses is tried.
 *
 * @param address - host and port, or the path of a Unix socket
 * @throws OSError for a name that is not found, or where no fd is left; TypeError, RangeError for
 *   arguments that are none; Error `ERR_CLOSED` where the loop is. What happens later is told to
 *   `onFailed`.
 */
export function connect(loop: EventLoop, address: Address, options: ConnectOptions): Connector {
  for (const name of ['onConnection', 'onFailed'] as const) {
    if (typeof options?.[name] !== 'function') throw typeError(name, 'a function', options?.[name]);
  }
  return new Connector(loop, address, options);
}
