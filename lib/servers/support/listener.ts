/** The listening socket of a server: bounded accepting, and what to do when no fd is left. */
import { isIPv6 } from 'node:net';
import { acceptConnections } from 'fdselect/loop';
import { type Address, AF_INET, AF_INET6, createServer, type Socket } from 'fdselect/socket';

const BACKLOG = 1024;
const PAUSE_MS = 1000;

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
    const { connections, isFull } = acceptConnections(this.#socket);
    if (isFull) this.#pausedUntil = performance.now() + PAUSE_MS;
    return connections;
  }

  close(): void {
    this.#socket.close();
  }
}
