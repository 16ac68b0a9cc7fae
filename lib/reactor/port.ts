/** Ports: where a reactor listens. */

import { type Listener, listen } from '../loop/index.js';
import { OSError } from '../values/index.js';
import { familyOf, type TCPAddress, tcpAddress } from './address.js';
import { CannotListenError } from './errors.js';
import { checkFactory, type Factory } from './factory.js';
import { type Network, optionsOf } from './network.js';

/**
 * A TCP port that a factory's protocols serve. Made by `Reactor.listenTCP`.
 *
 * When no file descriptor is left, newcomers are refused at once with one that is kept for this.
 * Mirrors `IListeningPort`.
 */
export class Port {
  readonly #network: Network;
  readonly #port: number;
  readonly #factory: Factory;
  readonly #backlog: number;
  readonly #interface: string;
  #listener: Listener | null = null;
  #address: TCPAddress | null = null;

  /** For `Reactor` only. */
  constructor(network: Network, port: number, factory: Factory, backlog: number, host: string) {
    checkFactory(factory);
    this.#network = network;
    this.#port = port;
    this.#factory = factory;
    this.#backlog = backlog;
    this.#interface = host;
  }

  /**
   * Listens again after `stopListening`; nothing where it does.
   * @throws CannotListenError
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

  /** Accepts no more; the connections that it has go on. Idempotent. */
  stopListening(): void {
    if (this.#listener === null) return;
    this.#listener.close();
    this.#listener = null;
    this.#network.ports.delete(this);
    this.#factory.doStop();
  }

  /** Where it listens, or has listened. */
  getHost(): TCPAddress {
    return this.#address as TCPAddress; // the user never gets a port that has not listened
  }

  #listen(): Listener {
    try {
      return listen(
        this.#network.loop,
        [this.#interface, this.#port],
        (connection) => this.#network.begin(connection, this.#factory),
        {
          ...optionsOf(this.#factory),
          family: familyOf(this.#interface),
          backlog: this.#backlog,
          maxConnections: this.#factory.maxConnections,
          whenFull: 'refuse',
        },
      );
    } catch (error) {
      if (!(error instanceof OSError)) throw error;
      throw new CannotListenError(this.#interface, this.#port, error);
    }
  }
}
