/** An echo server that uses asyncore: it sends back every byte that a client sends. */
import { DispatcherWithSend } from 'fdselect/asyncore';
import type { Address, Socket } from 'fdselect/socket';
import { RECEIVE_SIZE } from 'fdselect/stream';
import { ChannelServer, Departure, departing } from './support/channels.js';
import type { Say } from './support/output.js';
import type { ServeOptions } from './support/start.js';

class EchoHandler extends departing(DispatcherWithSend) {
  /** Received bytes are sent at once and not kept. */
  override reusesInput = true;

  constructor(socket: Socket, address: Address, say: Say) {
    super(socket);
    this.departure = new Departure(this, address, say);
  }

  override handleRead(): void {
    const data = this.recv(RECEIVE_SIZE);
    if (data.length > 0 && !this.departure.hasBegun) this.send(data);
  }
}

class EchoServer extends ChannelServer {
  override handleAccepted(socket: Socket, address: Address): void {
    new EchoHandler(socket, address, this.say);
  }
}

export function serve(options: ServeOptions): void {
  new EchoServer(options).run();
}
