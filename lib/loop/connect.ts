/** Connecting in an event loop. */
import { constants } from 'node:os';
import { OSError, typeError } from '../errors.js';
import type { Address } from '../socket/address.js';
import { AF_INET, SO_ERROR, SOL_SOCKET } from '../socket/constants.js';
import { Socket } from '../socket/socket.js';
import { type ConnectionOptions, limitsOf } from './connection.js';
import type { EventLoop } from './event-loop.js';
import { adopt, begin, type OnConnection } from './listener.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

const { EINPROGRESS, ETIMEDOUT, ECONNABORTED } = constants.errno;

export interface ConnectOptions extends ConnectionOptions {
  /** AF_INET by default. */
  family?: number | undefined;
  /** Is called when the connection is there, and returns its handlers. */
  onConnection: OnConnection;
  /** Is called once, instead, with the reason. */
  onFailed: (error: Error) => void;
  /** Seconds; then it has failed with `ETIMEDOUT`. Default: as long as the system tries. */
  timeout?: number | null | undefined;
}

/** An attempt to connect. Made by {@link connect}. */
export class Connector {
  readonly #loop: EventLoop;
  readonly #socket: Socket;
  readonly #address: Address;
  readonly #options: ConnectOptions;
  #watch: Watch | null = null;
  #timer: DelayedCall | null = null;
  #isOver = false;

  /** For {@link connect} only. */
  constructor(loop: EventLoop, address: Address, options: ConnectOptions) {
    this.#loop = loop;
    this.#address = address;
    this.#options = options;
    this.#socket = new Socket(options.family ?? AF_INET);
    this.#socket.setblocking(false);
    loop.own(this);
    try {
      this.#start();
    } catch (error) {
      loop.disown(this);
      this.#socket.close();
      throw error;
    }
  }

  /** Gives up, unless it is over: it has failed with `ECONNABORTED` then. */
  cancel(): void {
    this.#failSoon(new OSError(ECONNABORTED, 'connect'));
  }

  /** Gives up, and says so at once; for the loop, whose end it is. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#end();
    this.#socket.close();
    this.#options.onFailed(new OSError(ECONNABORTED, 'connect'));
  }

  #start(): void {
    const result = Math.abs(this.#socket.connectEx(this.#address));
    if (result !== 0 && result !== EINPROGRESS) {
      this.#failSoon(new OSError(result, 'connect'));
      return;
    }
    this.#watch = this.#loop.once(this.#socket, 'w', this.#onWritable);
    const { timeout } = this.#options;
    if (timeout === null || timeout === undefined) return;
    this.#timer = this.#loop.callLater(timeout, () =>
      this.#failSoon(new OSError(ETIMEDOUT, 'connect')),
    );
  }

  readonly #onWritable = (): void => {
    // Once only: reading it clears it.
    const error = this.#socket.getsockopt(SOL_SOCKET, SO_ERROR) as number;
    if (error !== 0) {
      this.#failSoon(new OSError(error, 'connect'));
      return;
    }
    this.#end();
    const connection = adopt(this.#loop, this.#socket, this.#peer(), this.#options);
    if (connection !== null) begin(connection, this.#options.onConnection);
    else this.#options.onFailed(new OSError(ECONNABORTED, 'connect'));
  };

  /** Of a host name, the address that it stands for. */
  #peer(): Address {
    try {
      return this.#socket.getpeername();
    } catch (error) {
      if (error instanceof OSError) return this.#address; // it is gone again
      throw error;
    }
  }

  #failSoon(error: OSError): void {
    if (this.#isOver) return;
    this.#end();
    this.#socket.close();
    this.#loop.callSoon(() => this.#options.onFailed(error));
  }

  #end(): void {
    this.#isOver = true;
    this.#loop.disown(this);
    this.#watch?.cancel();
    this.#timer?.cancel();
  }
}

/**
 * Connects in a loop. A host name is looked up at once, which may take its time.
 *
 * @throws OSError for a name that is not found, or where no fd is left; TypeError, RangeError for
 *   arguments that are none. What happens later is told to `onFailed`.
 */
export function connect(loop: EventLoop, address: Address, options: ConnectOptions): Connector {
  for (const name of ['onConnection', 'onFailed'] as const) {
    if (typeof options[name] !== 'function') throw typeError(name, 'a function', options[name]);
  }
  limitsOf(options); // now, not when it is connected
  return new Connector(loop, address, options);
}
