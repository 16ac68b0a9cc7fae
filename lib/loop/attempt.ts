/** One attempt to connect a socket to one address. */
import { constants } from 'node:os';
import type { Address } from '../socket/index.js';
import { AF_UNIX, SO_ERROR, SOL_SOCKET, Socket } from '../socket/index.js';
import { OSError } from '../values/index.js';
import type { EventLoop } from './event-loop.js';
import type { DelayedCall } from './timers.js';
import type { Watch } from './watch.js';

const { EINPROGRESS, EAGAIN } = constants.errno;

/** Seconds; the pauses before a full Unix backlog is tried again. */
const FIRST_PAUSE = 0.001;
const LONGEST_PAUSE = 0.05;

/** What an attempt tells, once; never before its constructor has returned. */
export interface AttemptOwner {
  /** The socket is connected and belongs to the owner. */
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

  /** @throws OSError where no fd is left or the address is of another family; TypeError, RangeError */
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

  /** Gives up and tells nothing. Idempotent. */
  cancel(): void {
    this.#watch?.cancel();
    this.#timer?.cancel();
    this.#socket.close();
  }

  /** As {@link cancel}, unless `connected` is its socket: that is its owner's. */
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

  /** connect(2): a full backlog of a Unix listener is EAGAIN, and no event tells when it has room. */
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

  /** The errno of the connect; to be called once, as reading it clears it. */
  #pendingError(): number {
    try {
      return this.#socket.getsockopt(SOL_SOCKET, SO_ERROR) as number;
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      return error.errno; // of getsockopt(2) itself: this attempt is lost, too
    }
  }

  #fail(errno: number): void {
    this.cancel();
    this.#owner.failed(this, connectError(errno, this.#address));
  }
}

/** An error of connect(2) with the address in `address` and `port`, as Node's have it. */
export function connectError(errno: number, address: Address): OSError {
  const error = new OSError(errno, 'connect');
  if (typeof address === 'string') return Object.assign(error, { address });
  return Object.assign(error, { address: address[0], port: address[1] });
}
