/** A chat server that uses the reactor: each line is sent to all clients. */
import { OSError } from 'fdselect';
import { Factory, type Failure, LineOnlyReceiver } from 'fdselect/reactor';
import { MAX_LINE, MAX_UNSENT } from 'fdselect/stream';
import { textLength } from './support/lines.js';
import { printError, printNothing, type Say } from './support/output.js';
import { serveFactory } from './support/reactor.js';
import type { ServeOptions } from './support/start.js';

const NEWLINE = Buffer.from('\n');

class Chat extends LineOnlyReceiver {
  declare factory: ChatFactory;
  /** telnet also sends a CR before it, which is not part of the line either. */
  override delimiter = '\n';
  override MAX_LENGTH = MAX_LINE;
  #id = '';

  override connectionMade(): void {
    this.#id = String(this.transport.getPeer());
    this.factory.say(`New connection from ${this.#id}`);
    this.transport.write(Buffer.from(`Welcome to the chat server, ${this.#id}\n`));
    this.factory.clients.add(this);
  }

  override lineReceived(line: Buffer): void {
    const text = line.subarray(0, textLength(line));
    this.factory.sendAll(Buffer.concat([Buffer.from(`${this.#id}: `), text, NEWLINE]));
  }

  override connectionLost({ value }: Failure): void {
    this.factory.clients.delete(this);
    const { cause } = value;
    const isTooSlow =
      cause instanceof OSError && cause.code === 'ENOBUFS' && cause.syscall === 'write';
    if (isTooSlow) printError('dropped', `${this.#id}:`, cause);
  }

  protected override lineLength(line: Buffer): number {
    return textLength(line);
  }
}

class ChatFactory extends Factory {
  override protocol = Chat;
  override maxBuffer = MAX_UNSENT;
  readonly clients = new Set<Chat>();
  say: Say = printNothing;

  sendAll(message: Buffer): void {
    for (const client of [...this.clients]) client.transport.write(message);
  }
}

export function serve(options: ServeOptions): void {
  serveFactory(new ChatFactory(), options);
}
