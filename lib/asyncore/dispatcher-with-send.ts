/** A dispatcher that sends everything it is given. */
import { inspect } from 'node:util';
import { OutputBuffer } from '../stream/index.js';
import { type BytesLike, toBytes } from '../values/index.js';
import { declareQuiet } from './answers.js';
import { Dispatcher, sending } from './dispatcher.js';

/** Bytes; one call sends no more, so that the other channels have their turn. */
const MAX_CHUNK = 65536;

/** A buffer that its user may push into at any time: the loop has to ask the channel again then. */
class ChannelOutput extends OutputBuffer {
  readonly #channel: Dispatcher;

  constructor(channel: Dispatcher) {
    super();
    this.#channel = channel;
  }

  override push(bytes: Uint8Array, whenSent?: () => void): void {
    super.push(bytes, whenSent);
    this.#channel.changed();
  }

  override clear(): void {
    super.clear();
    this.#channel.changed();
  }
}

/**
 * A dispatcher whose {@link send} never loses anything: what the kernel does not take at once waits
 * in {@link outBuffer} until the socket is writable.
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.dispatcher_with_send
 */
export class DispatcherWithSend extends Dispatcher {
  /** Made when it is needed first. */
  #output: OutputBuffer | null = null;

  static {
    declareQuiet(DispatcherWithSend.prototype.writable);
  }

  /** What waits to be sent. */
  get outBuffer(): OutputBuffer {
    this.#output ??= new ChannelOutput(this);
    return this.#output;
  }

  /** How many bytes wait to be sent. */
  get pending(): number {
    return this.#unsent();
  }

  /**
   * Sends from the buffer what the kernel takes, at most 65536 bytes; nothing while a connection is
   * being established. A connection that is over gets `handleClose`.
   * @throws OSError for other errors
   */
  initiateSend(): void {
    if (!this.connecting && this.#output !== null) this.sendFrom(this.#output, MAX_CHUNK);
  }

  override handleWrite(): void {
    this.initiateSend();
  }

  override writable(): boolean {
    return !this.connected || this.#unsent() > 0;
  }

  /**
   * Sends what the kernel takes at once, at most 65536 bytes, and keeps a copy of the rest.
   * @returns how many bytes were given
   * @throws TypeError for data that is not bytes; OSError as {@link initiateSend}
   */
  override send(data: BytesLike): number {
    const bytes = toBytes('data', data);
    if (this.debug) this.logInfo(`sending ${inspect(data)}`);
    if (this.connecting || this.#unsent() > 0) {
      this.outBuffer.push(bytes);
      if (!sending.isFull(this)) this.initiateSend();
      return bytes.length;
    }
    const { length } = bytes;
    const sent = length > 0 ? sending.now(this, bytes, Math.min(length, MAX_CHUNK)) : 0;
    if (sent !== null && sent < length) this.outBuffer.push(bytes.subarray(sent));
    return length;
  }

  #unsent(): number {
    return this.#output === null ? 0 : this.#output.size;
  }
}
