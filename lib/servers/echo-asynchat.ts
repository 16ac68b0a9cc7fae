/** An echo server that uses asynchat: it sends back complete lines, without their newline. */
import { AsyncChat } from 'fdselect/asynchat';
import type { Address, Socket } from 'fdselect/socket';
import { ChannelServer, Departure, departing } from './support/channels.js';
import type { Say } from './support/output.js';
import type { ServeOptions } from './support/start.js';

/** Bytes; a longer line ends its connection, because a line is kept until it is complete. */
const MAX_LINE = 1024 * 1024;

const NEWLINE = Buffer.from('\n');

class SecondaryServerSocket extends departing(AsyncChat) {
  override maxBuffer = MAX_LINE;
  override terminator = '\n';
  /** A received line is sent at once; AsyncChat copies an unfinished one. */
  override reusesInput = true;
  /** The bytes that replace the terminator of a line. */
  readonly #ending: Buffer[];

  constructor(socket: Socket, address: Address, say: Say, hasNewline: boolean) {
    super(socket);
    this.#ending = hasNewline ? [NEWLINE] : [];
    this.departure = new Departure(this, address, say);
    say('initing SSS');
  }

  override collectIncomingData(data: Buffer): void {
    this._collectIncomingData(data);
  }

  override foundTerminator(): void {
    this.incoming.push(...this.#ending);
    this.push(this._getData());
  }

  override handleRead(): void {
    if (this.departure.hasBegun) this.recv(this.acInBufferSize);
    else super.handleRead();
  }
}

class MainServerSocket extends ChannelServer {
  readonly #hasNewline: boolean;

  constructor(options: ServeOptions) {
    super(options);
    this.#hasNewline = options.newline;
    this.say('initing MSS');
  }

  override handleAccepted(socket: Socket, address: Address): void {
    new SecondaryServerSocket(socket, address, this.say, this.#hasNewline);
  }
}

export function serve(options: ServeOptions): void {
  new MainServerSocket(options).run();
}
