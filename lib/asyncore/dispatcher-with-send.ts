/** A dispatcher that sends everything it is given. */
import { inspect } from 'node:util';
import { OutputBuffer } from '../loop/index.js';
import { type BytesLike, toBytes } from '../values/index.js';
import { Dispatcher } from './dispatcher.js';

/** What is sent in one go at the most: the other channels have their turn, too. */
const MAX_CHUNK = 65536;

/**
 * A dispatcher whose {@link send} never loses anything: what the kernel does not take at once waits
 * in {@link outBuffer} until it is writable.
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.dispatcher_with_send
 */
export class DispatcherWithSend extends Dispatcher {
  /** What waits to be sent: `outBuffer.size` bytes. */
  readonly outBuffer = new OutputBuffer();

  /**
   * Sends from the buffer what the kernel takes, at most 65536 bytes; nothing while the connection
   * is on its way. A connection that is over gets `handleClose`.
   * @throws OSError for other errors
   */
  initiateSend(): void {
    if (!this.connecting) this.sendFrom(this.outBuffer, MAX_CHUNK);
  }

  override handleWrite(): void {
    this.initiateSend();
  }

  override writable(): boolean {
    return !this.connected || this.outBuffer.size > 0;
  }

  /**
   * Queues a copy of the data, and sends what goes at once.
   * @returns how many bytes; the rest is not lost
   * @throws TypeError for what is no bytes; OSError as {@link initiateSend}
   */
  override send(data: BytesLike): number {
    const bytes = toBytes('data', data);
    if (this.debug) this.logInfo(`sending ${inspect(data)}`);
    this.outBuffer.push(bytes);
    this.initiateSend();
    this.changed();
    return bytes.length;
  }
}
