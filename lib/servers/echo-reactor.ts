/** An echo server that uses the reactor, in the style of Twisted's examples. */
import { Factory, type Failure, Protocol } from 'fdselect/reactor';
import { formatAddress } from 'fdselect/socket';
import { printNothing, type Say } from './support/output.js';
import { serveFactory } from './support/reactor.js';
import type { ServeOptions } from './support/start.js';

class Echo extends Protocol {
  declare factory: EchoFactory;
  #peer = '';

  override connectionMade(): void {
    const { host, port } = this.transport.getPeer();
    this.#peer = formatAddress([host, port]);
    this.factory.say(`Connected from ${this.#peer}`);
  }

  override dataReceived(data: Buffer): void {
    this.transport.write(data);
  }

  override connectionLost(reason: Failure): void {
    this.factory.say(`Disconnected from ${this.#peer} ${reason.getErrorMessage()}`);
  }
}

class EchoFactory extends Factory {
  override protocol = Echo;
  /** Received bytes are written at once and not kept. */
  override reusesInput = true;
  say: Say = printNothing;
}

export function serve(options: ServeOptions): void {
  serveFactory(new EchoFactory(), options);
}
