/** A dispatcher with an output buffer. */
import { inspect } from '../native/index.js';
import { OutputBuffer } from '../stream/index.js';
import { type BytesLike, toBytes } from '../values/index.js';
import { Dispatcher } from './dispatcher.js';
import { declareQuiet } from './quiet.js';
import { sending } from './sending.js';

/** Bytes; the most that one call sends, so that other channels get their turn. */
const MAX_CHUNK = 65536;

/** A buffer that announces its changes, because a program may push to it at any time. */
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
 * A dispatcher whose {@link send} loses nothing: bytes that the kernel does not take at once are kept
 * in {@link outBuffer} until the socket is writable.
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.dispatcher_with_send
 * @platform POSIX
 */
export class DispatcherWithSend extends Dispatcher {
  /** Made when it is first needed. */
  #output: OutputBuffer | null = null;

  static {
    declareQuiet(DispatcherWithSend.prototype.writable);
  }

  /** The unsent bytes. */
  get outBuffer(): OutputBuffer {
    this.#output ??= new ChannelOutput(this);
    return this.#output;
  }

  /** How many bytes are unsent. */
  get pending(): number {
    return this.#unsent();
  }

  /**
   * Sends from the buffer, at most 65536 bytes, as far as the kernel takes them; nothing while a
   * connection is being established. If the connection is over, `handleClose` is called.
   * @throws OSError for other errors of send(2)
   */
  initiateSend(): void {
    if (!this.connecting && this.#output !== null) this.sendFrom(this.#output, MAX_CHUNK);
  }

  /** Calls {@link initiateSend}. */
  override handleWrite(): void {
    this.initiateSend();
  }

  /** @returns true while bytes are unsent, and before the connection is established */
  override writable(): boolean {
    return !this.connected || this.#unsent() > 0;
  }

  /**
   * Sends as much as the kernel takes at once, at most 65536 bytes, and keeps a copy of the rest. Before
   * the connection is established, keeps everything. The rest has no limit: see {@link pending}.
   * @param data - not a string
   * @returns the length of the data in bytes
   * @throws TypeError for data that is not bytes; OSError as {@link initiateSend}; Error
   *   `ERR_NO_SOCKET` before there is a socket
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
