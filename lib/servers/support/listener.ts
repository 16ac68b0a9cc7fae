/** The listening socket of a server: bounded accepting, and what to do when no fd is left. */
import { isIPv6 } from 'node:net';
import { OSError } from 'fdselect';
import { type Address, AF_INET, AF_INET6, createServer, type Socket } from 'fdselect/socket';

/** A turn takes this many newcomers at the most, so that they do not keep the clients waiting. */
const MAX_ACCEPTS = 64;
const BACKLOG = 1024;
const PAUSE_MS = 1000;

/** accept(2): the process or the system has no room for one more connection. */
const NO_ROOM = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** accept(2), "Error handling": these belong to the connection that was to be accepted. */
const LOST_IN_QUEUE = new Set([
  ...['ECONNABORTED', 'EPERM', 'EPROTO', 'ENOPROTOOPT', 'EOPNOTSUPP', 'ENOTSUP', 'ENONET'],
  ...['EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH'],
]);

/**
 * A non-blocking TCP socket that listens.
 *
 * When no fd is left, connections stay in the kernel's queue, and the socket stays readable: to
 * go on watching it would be to spin. It asks for a pause then, until a client leaves or, because
 * the fds may be somebody else's, a second has passed.
 */
export class Listener {
  readonly #socket: Socket;
  /** On the clock of performance.now(); null: no pause. */
  #pausedUntil: number | null = null;

  /** @throws OSError such as `EADDRINUSE` */
  constructor(host: string, port: number) {
    const family = isIPv6(host) ? AF_INET6 : AF_INET;
    this.#socket = createServer([host, port], { family, backlog: BACKLOG }); // with SO_REUSEADDR
    this.#socket.setblocking(false);
  }

  fileno(): number {
    return this.#socket.fileno();
  }

  /** Host and port that it is bound to. */
  get address(): [host: string, port: number] {
    const [host, port] = this.#socket.getsockname() as [string, number];
    return [host, port];
  }

  /** Whether it must not be watched at the moment. */
  get isPaused(): boolean {
    return this.millisecondsLeft() !== null;
  }

  /** How long a wait may last, for the pause to end in time; null: for ever. */
  millisecondsLeft(): number | null {
    if (this.#pausedUntil === null) return null;
    const left = this.#pausedUntil - performance.now();
    if (left > 0) return left;
    this.#pausedUntil = null;
    return null;
  }

  /** The same in seconds. */
  secondsLeft(): number | null {
    const milliseconds = this.millisecondsLeft();
    return milliseconds === null ? null : milliseconds / 1000;
  }

  /** To be called when a client was closed: its fd is free. */
  endPause(): void {
    this.#pausedUntil = null;
  }

  /**
   * Takes the connections that are waiting; perhaps none, as a client may have given up.
   * @returns a non-blocking socket and the client's address for each
   */
  accept(): [Socket, Address][] {
    const newcomers: [Socket, Address][] = [];
    while (newcomers.length < MAX_ACCEPTS) {
      try {
        const accepted = this.#socket.tryAccept();
        if (accepted === null) break;
        accepted[0].setblocking(false); // accept() does not hand the listener's mode on
        newcomers.push(accepted);
      } catch (error) {
        if (!(error instanceof OSError)) throw error;
        if (LOST_IN_QUEUE.has(error.code)) continue;
        if (!NO_ROOM.has(error.code)) throw error;
        this.#pausedUntil = performance.now() + PAUSE_MS;
        break;
      }
    }
    return newcomers;
  }

  close(): void {
    this.#socket.close();
  }
}
