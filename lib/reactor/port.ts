/** `Port`: a listening TCP socket of a reactor. */

import { type Listener, listen } from '../loop/index.js';
import { errnoNumber } from '../native/index.js';
import { SOCK_STREAM, Socket } from '../socket/internal.js';
import { OSError, showAs } from '../values/index.js';
import { familyOf, type TCPAddress, tcpAddress } from './address.js';
import { CannotListenError } from './errors.js';
import { checkFactory, type Factory } from './factory.js';
import { type Network, optionsOf } from './network.js';

/** The place where a port listens. */
export interface Place {
  host: string;
  port: number;
  backlog: number;
  /** Returns a socket that listens already, if there is one. */
  adopt?: () => Socket;
}

/**
 * A TCP port that a factory's protocols serve. Made by `Reactor.listenTCP` and
 * `Reactor.adoptStreamPort`.
 *
 * If no file descriptor is left, new connections are refused at once by means of a reserve fd.
 * Mirrors `IListeningPort`.
 * @platform POSIX
 */
export class Port {
  readonly #network: Network;
  readonly #factory: Factory;
  readonly #place: Place;
  #listener: Listener | null = null;
  #address: TCPAddress | null = null;

  /** For `Reactor` only. */
  constructor(network: Network, factory: Factory, place: Place) {
    checkFactory(factory);
    this.#network = network;
    this.#factory = factory;
    this.#place = place;
  }

  static {
    showAs(Port.prototype, 'Port', (port) => ({
      address: `${port.#address}`,
      listening: port.#listener !== null,
    }));
  }

  /**
   * Listens again after `stopListening`; does nothing if it is listening.
   * @throws CannotListenError
   * @throws any error of the factory's `startFactory`
   */
  startListening(): void {
    if (this.#listener !== null) return;
    const listener = this.#listen();
    try {
      this.#factory.doStart();
    } catch (error) {
      listener.close();
      throw error;
    }
    this.#listener = listener;
    this.#address = tcpAddress(listener.getsockname());
    this.#network.ports.add(this);
  }

  /**
   * Stops accepting; open connections continue. Idempotent.
   * @throws any error of the factory's `stopFactory`
   */
  stopListening(): void {
    if (this.#listener === null) return;
    this.#listener.close();
    this.#listener = null;
    this.#network.ports.delete(this);
    this.#factory.doStop();
  }

  /** The address on which it listens, or has listened. */
  getHost(): TCPAddress {
    return this.#address as TCPAddress; // not null: a program gets a port only after it has listened
  }

  #listen(): Listener {
    const { host, port, backlog, adopt } = this.#place;
    try {
      const address = adopt?.() ?? ([host, port] as [string, number]);
      return listen(
        this.#network.loop,
        address,
        (connection) => this.#network.begin(connection, this.#factory),
        {
          ...optionsOf(this.#factory),
          family: familyOf(host),
          backlog,
          maxConnections: this.#factory.maxConnections,
          whenFull: 'refuse',
        },
      );
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      throw new CannotListenError(host, port, error);
    }
  }
}

/**
 * The place of a TCP socket that listens already.
 * @throws CannotListenError
 */
export function adopted(fd: number): Place {
  try {
    using socket = Socket.fromfd(fd);
    const address = socket.getsockname();
    if (!Array.isArray(address) || socket.type !== SOCK_STREAM) {
      throw new OSError(errnoNumber('EINVAL'), 'listen', ' (not a TCP socket)');
    }
    const [host, port] = address as [string, number];
    return { host, port, backlog: 0, adopt: () => Socket.fromfd(fd) };
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
    throw new CannotListenError(`fd ${fd}`, -1, error);
  }
}
