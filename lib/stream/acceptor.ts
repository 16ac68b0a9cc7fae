/** A listening socket that accepts a limited number per turn, and pauses when no fd is left. */
import type { Address, Socket } from '../socket/index.js';
import {
  checkHas,
  INT_MAX,
  integer,
  type OSError,
  rangeError,
  toOptions,
} from '../values/index.js';
import { type AcceptOptions, acceptConnections, needsFd } from './accept.js';
import { MAX_ACCEPTS } from './policy.js';
import { Reserve } from './reserve.js';
import { endRests, Rest } from './rest.js';

/** The options of an {@link Acceptor}. */
export interface AcceptorOptions extends AcceptOptions {
  /**
   * How many of its connections may be open at once, from 0 to 2^31 - 1; others wait in the queue, or are
   * refused (see {@link whenFull}). Default: Infinity: no limit.
   */
  maxConnections?: number | undefined;
  /**
   * What happens to new connections while no fd is left, or while {@link maxConnections} are open.
   * 'wait', the default: they stay in the kernel's queue. 'refuse': they are closed at once, by means
   * of a reserve fd.
   */
  whenFull?: 'wait' | 'refuse' | undefined;
  /** Called when a {@link Rest} ends, early or not; for event loops. Default: nothing is called. */
  whenRested?: (() => void) | undefined;
}

/**
 * Accepts the connections of a listener; accept(2). It makes the socket non-blocking, and closes it.
 *
 * @example
 * const rest = acceptor.restLeft(); // before each wait
 * const [readable] = select(rest === null ? [acceptor, ...clients] : clients, [], [], rest);
 * @platform POSIX
 */
export class Acceptor {
  /** The listener. */
  readonly socket: Socket;
  /**
   * Why the last {@link accept} lost a connection, or found no room for one; undefined if it did not.
   */
  error: OSError | undefined;
  /** Whether the last `accept(false)` would have refused connections. */
  mustRefuse = false;
  readonly #rest: Rest;
  readonly #noDelay: boolean | undefined;
  readonly #maxConnections: number;
  readonly #reserve: Reserve | null;
  /** The accepted connections, if their number is limited. */
  #open: Socket[] = [];

  /**
   * @param socket - a listening socket; {@link close} closes it
   * @param options - see {@link AcceptorOptions}
   * @throws OSError `EBADF` if the socket is closed; TypeError, RangeError for bad arguments
   */
  constructor(socket: Socket, options: AcceptorOptions = {}) {
    checkHas('socket', 'a listening Socket', socket, 'tryAccept');
    const {
      noDelay,
      maxConnections = Infinity,
      whenFull = 'wait',
      whenRested,
    } = toOptions(options);
    if (maxConnections !== Infinity) integer('maxConnections', maxConnections, 0, INT_MAX);
    if (whenFull !== 'wait' && whenFull !== 'refuse') {
      throw rangeError('whenFull', "'wait' or 'refuse'", whenFull);
    }
    this.socket = socket;
    this.#noDelay = noDelay;
    this.#maxConnections = maxConnections;
    this.#rest = new Rest(whenRested);
    socket.setblocking(false);
    this.#reserve = whenFull === 'refuse' ? new Reserve() : null;
  }

  /** @returns the file descriptor of the listener; -1 after it was closed */
  fileno(): number {
    return this.socket.fileno();
  }

  /**
   * The rest of a listener that found no free fd. Ends a rest whose time is over.
   * @returns the **seconds** until its end: until then the listener must not be watched, and the next
   *   wait must not last longer. null: it does not rest
   */
  restLeft(): number | null {
    return this.#rest.secondsLeft();
  }

  /**
   * Accepts the connections in the queue, up to 64.
   * @param mayRefuse - default: true. False: with `whenFull: 'refuse'` and no fd left, sets
   *   {@link mustRefuse} and refuses nothing. A program that handles its other events then, some of
   *   which may free fds, and calls `accept()` afterwards refuses no connection without need
   * @returns a non-blocking socket and the peer's address for each; empty if the client has gone
   *   meanwhile, or if no fd is left: then it rests
   * @throws OSError for an error of the listener itself, such as `EBADF`; then it rests too
   */
  accept(mayRefuse = true): [Socket, Address][] {
    this.mustRefuse = false;
    const room = Math.min(MAX_ACCEPTS, this.#room());
    if (room === 0) {
      this.#refuseOrRest(mayRefuse);
      return [];
    }
    try {
      const options = { noDelay: this.#noDelay };
      const { connections, isFull, error } = acceptConnections(this.socket, room, options);
      this.error = error;
      // The reserve helps only if an fd is missing, not memory.
      if (isFull && error !== undefined && needsFd(error)) this.#refuseOrRest(mayRefuse);
      else if (isFull) this.#rest.begin();
      else this.#reserve?.restore();
      if (this.#maxConnections !== Infinity) this.#open.push(...connections.map(([one]) => one));
      return connections;
    } catch (error) {
      this.#rest.begin(); // the error would occur again at once
      throw error;
    }
  }

  /**
   * Closes the listener, and the reserve fd if there is one; close(2). The accepted connections stay
   * open. Idempotent.
   * @throws OSError `EBADF` if other code has closed the fd
   */
  close(): void {
    this.#rest.cancel();
    this.#reserve?.close();
    this.socket.close();
    endRests();
  }

  /** How many more connections may be open. */
  #room(): number {
    if (this.#open.length >= this.#maxConnections) {
      this.#open = this.#open.filter((socket) => socket.fileno() >= 0);
    }
    return this.#maxConnections - this.#open.length;
  }

  /** Refuses the connections in the queue; without a reserve fd, lets them wait there. */
  #refuseOrRest(mayRefuse: boolean): void {
    this.mustRefuse = this.#reserve !== null && !mayRefuse;
    if (this.mustRefuse) return;
    if (this.#reserve?.refuse(this.socket) !== true) this.#rest.begin();
  }
}
