/** An echo server on asyncore: what a client sends goes back to it, byte for byte. */
import { DispatcherWithSend } from 'fdselect/asyncore';
import type { Address, Socket } from 'fdselect/socket';
import { RECEIVE_SIZE } from 'fdselect/stream';
import { ChannelServer, type ClientChannel, Departure } from './support/channels.js';
import type { Say } from './support/output.js';
import type { ServeOptions } from './support/start.js';

class EchoHandler extends DispatcherWithSend implements ClientChannel {
  readonly departure: Departure;
  // What it wants to read and to write depends on its own events only.
  override announcesChanges = true;

  constructor(socket: Socket, address: Address, say: Say) {
    super(socket);
    this.departure = new Departure(this, address, say);
  }

  override readable(): boolean {
    return this.departure.mayRead;
  }

  override handleRead(): void {
    const data = this.recv(RECEIVE_SIZE);
    if (data.length > 0 && !this.departure.hasBegun) this.send(data);
  }

  override handleWrite(): void {
    super.handleWrite();
    this.departure.settle();
  }

  override handleClose(): void {
    this.departure.onClose();
  }

  override handleError(error: unknown): void {
    if (!this.departure.onError(error)) super.handleError(error);
  }

  override close(): void {
    this.departure.onClosing();
    super.close();
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
