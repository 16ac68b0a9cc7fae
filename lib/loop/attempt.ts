/** One attempt to connect a socket to one address. */
import { errnoNumber } from '../native/index.js';
import type { Address } from '../socket/index.js';
import { AF_UNIX, SO_ERROR, SOL_SOCKET, Socket, withAddress } from '../socket/internal.js';
import { OSError } from '../values/index.js';
import type { EventLoop } from './event-loop.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

const EINPROGRESS = errnoNumber('EINPROGRESS');
const EAGAIN = errnoNumber('EAGAIN');

/** Seconds; the pauses between attempts while the backlog of a Unix listener is full. */
const FIRST_PAUSE = 0.001;
const LONGEST_PAUSE = 0.05;

/** Gets the result of an attempt, once; never before the constructor of Attempt has returned. */
export interface AttemptOwner {
  /** Gets the connected socket, which it must close. */
  connected(socket: Socket, address: Address): void;
  failed(attempt: Attempt, error: OSError): void;
}

export class Attempt {
  readonly #loop: EventLoop;
  readonly #address: Address;
  readonly #family: number;
  readonly #owner: AttemptOwner;
  readonly #socket: Socket;
  #watch: Watch | null = null;
  #timer: DelayedCall | null = null;
  #pause = FIRST_PAUSE;

  /** @throws OSError if no fd is left or the address is of another family; TypeError, RangeError */
  constructor(loop: EventLoop, address: Address, family: number, owner: AttemptOwner) {
    this.#loop = loop;
    this.#address = address;
    this.#family = family;
    this.#owner = owner;
    this.#socket = new Socket(family);
    try {
      this.#socket.setblocking(false);
      this.#connect();
    } catch (error) {
      this.cancel();
      throw error;
    }
  }

  /** Gives up without a result. Idempotent. */
  cancel(): void {
    this.#watch?.cancel();
    this.#timer?.cancel();
    this.#socket.close();
  }

  /** As {@link cancel}, unless `connected` is its socket, which belongs to the owner now. */
  release(connected: Socket | null): void {
    if (connected !== this.#socket) this.cancel();
  }

  readonly #connect = (): void => {
    const errno = Math.abs(this.#socket.connectEx(this.#address));
    if (errno === 0 || errno === EINPROGRESS) {
      this.#watch = this.#loop.once(this.#socket, 'w', this.#onWritable);
    } else if (errno === EAGAIN && this.#family === AF_UNIX) {
      this.#waitForRoom();
    } else {
      this.#timer = this.#loop.callLater(0, () => this.#fail(errno));
    }
  };

  /** EAGAIN of connect(2): the backlog of a Unix listener is full, and no event reports when it is not. */
  #waitForRoom(): void {
    this.#timer = this.#loop.callLater(this.#pause, () => {
      try {
        this.#connect();
      } catch (error) {
        if (!(error instanceof OSError)) throw error;
        this.#fail(error.errno);
      }
    });
    this.#pause = Math.min(2 * this.#pause, LONGEST_PAUSE);
  }

  readonly #onWritable = (): void => {
    const errno = this.#pendingError();
    if (errno !== 0) this.#fail(errno);
    else this.#owner.connected(this.#socket, this.#address);
  };

  /** The errno of the connect. Call it once: reading SO_ERROR clears it. */
  #pendingError(): number {
    try {
      return this.#socket.getsockopt(SOL_SOCKET, SO_ERROR) as number;
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      return error.errno; // getsockopt(2) itself failed: the attempt has failed too
    }
  }

  #fail(errno: number): void {
    this.cancel();
    this.#owner.failed(this, connectError(errno, this.#address));
  }
}

/** An error of connect(2) with the properties `address` and `port`, as in Node. */
export function connectError(errno: number, address: Address): OSError {
  return withAddress(new OSError(errno, 'connect'), address);
}
