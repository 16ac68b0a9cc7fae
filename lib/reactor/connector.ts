/** `TCPConnector`: connects to a server, and again when the factory asks for it. */

import type { Connection, ConnectionHandlers, ConnectionOptions } from '../loop/index.js';
import { connect } from '../loop/index.js';
import { currentContext } from '../loop/internal.js';
import { errnoNumber } from '../native/index.js';
import { toEndpoint } from '../socket/internal.js';
import { OSError, rangeError, typeError } from '../values/index.js';
import { familyOf, TCPAddress } from './address.js';
import { ConnectionLost, NotConnectingError } from './errors.js';
import { type ClientFactory, checkFactory } from './factory.js';
import { Failure } from './failure.js';
import { type Network, optionsOf } from './network.js';
import type { TCPTransport, Transport } from './transport.js';
import type { SystemEventTrigger } from './triggers.js';

/**
 * Connects to a host and port each time `connect` is called. Made by `Reactor.connectTCP`. Mirrors
 * `IConnector`.
 * @platform POSIX
 */
export class TCPConnector {
  /** The factory whose methods report the progress. */
  readonly factory: ClientFactory;
  readonly #network: Network;
  readonly #host: string;
  readonly #port: number;
  readonly #timeout: number | null;
  readonly #options: ConnectionOptions;
  readonly #context = currentContext();
  #state: 'disconnected' | 'connecting' | 'connected' = 'disconnected';
  #isFactoryStarted = false;
  /** Set while it waits for the reactor to run. */
  #trigger: SystemEventTrigger | null = null;
  #attempt: { cancel(): void } | null = null;
  #transport: Transport | null = null;

  /** For `Reactor` only. */
  constructor(
    network: Network,
    host: string,
    port: number,
    factory: ClientFactory,
    timeout: number | null,
  ) {
    checkFactory(factory, 'startedConnecting', 'clientConnectionFailed', 'clientConnectionLost');
    toEndpoint(familyOf(host), [host, port]); // checks them
    checkTimeout(timeout);
    this.#options = optionsOf(factory);
    this.#network = network;
    this.#host = host;
    this.#port = port;
    this.factory = factory;
    this.#timeout = timeout;
  }

  /** Whether it is connected, or about to be; at first 'disconnected'. */
  get state(): 'disconnected' | 'connecting' | 'connected' {
    return this.#state;
  }

  /** The address to which it connects. */
  getDestination(): TCPAddress {
    return new TCPAddress(this.#host, this.#port);
  }

  /**
   * Starts connecting; if the reactor does not run, as soon as it does. A host name is looked up then,
   * without blocking, and all its addresses are tried.
   * @throws Error `ERR_CONNECTING` if it is connecting or connected
   * @throws any error of the factory's `startFactory` and `startedConnecting`
   */
  connect(): void {
    if (this.#state !== 'disconnected') {
      const text = `can't connect in this state: ${this.#state}`;
      throw Object.assign(new Error(text), { code: 'ERR_CONNECTING' });
    }
    if (!this.#isFactoryStarted) this.factory.doStart();
    this.#isFactoryStarted = true;
    this.#state = 'connecting';
    this.#network.connectors.add(this);
    this.#trigger = this.#network.whenRunning(() => this.#begin());
    this.factory.startedConnecting(this);
  }

  /**
   * Gives up: calls the factory's `clientConnectionFailed` with ECONNABORTED before it returns.
   * @throws NotConnectingError
   * @throws NotConnectingError if it is connected or disconnected
   */
  stopConnecting(): void {
    if (this.#state !== 'connecting') throw new NotConnectingError();
    this.#attempt?.cancel();
    this.#fail(new OSError(errnoNumber('ECONNABORTED'), 'connect'));
  }

  /**
   * Ends the attempt, or the connection as `loseConnection` does. Does nothing if it is disconnected.
   */
  disconnect(): void {
    if (this.#state === 'connecting') this.stopConnecting();
    else this.#transport?.loseConnection();
  }

  /** Gives up, because the reactor stops. */
  stop(): void {
    if (this.#state !== 'connecting') return;
    this.#attempt?.cancel();
    this.#fail(new ConnectionLost('Connection lost'));
  }

  #begin(): void {
    this.#trigger = null;
    let attempt: { cancel(): void };
    // Ignores the failure of an attempt that was given up: it was reported already.
    const failed = (error: Error) => {
      if (this.#attempt === attempt) this.#fail(error);
    };
    try {
      attempt = connect(this.#network.loop, [this.#host, this.#port], {
        ...this.#options,
        timeout: this.#timeout,
        onConnection: (connection) => this.#onConnection(connection),
        onFailed: failed,
      });
    } catch (error) {
      // No fd is left. The factory must not be called before connect() has returned.
      attempt = { cancel() {} };
      this.#network.loop.callSoon(failed, error as Error);
    }
    this.#attempt = attempt;
  }

  #onConnection(connection: Connection): ConnectionHandlers {
    this.#attempt = null;
    this.#state = 'connected';
    return this.#network.begin(connection, this.factory, this);
  }

  /** For its transport. @internal */
  transportMade(transport: Transport): void {
    this.#transport = transport;
  }

  /** For its transport. @internal */
  transportLost(_transport: Transport, reason: Failure): void {
    this.#end(() => this.factory.clientConnectionLost(this, reason));
  }

  /** For its transport. @internal */
  transportClosed(transport: TCPTransport): void {
    this.#network.transportClosed(transport);
  }

  #fail(error: Error): void {
    this.#attempt = null;
    if (this.#trigger !== null) this.#network.forget(this.#trigger);
    this.#trigger = null;
    const reason = new Failure(error);
    this.#end(() => this.factory.clientConnectionFailed(this, reason));
  }

  #end(tell: () => void): void {
    this.#state = 'disconnected';
    this.#transport = null;
    this.#network.connectors.delete(this);
    this.#network.loop.invoke('ClientFactory', this.#context, tell, undefined);
    // If the factory has called connect() again, it is still in use.
    if (this.#state !== 'disconnected') return;
    this.#isFactoryStarted = false;
    this.#network.loop.invoke('stopFactory', this.#context, this.factory.doStop, this.factory);
  }
}

function checkTimeout(timeout: unknown): void {
  if (timeout === null) return;
  if (typeof timeout !== 'number') throw typeError('timeout', 'a number or null', timeout);
  if (timeout >= 0 && timeout < Infinity) return;
  throw rangeError('timeout', 'a non-negative number', timeout);
}
