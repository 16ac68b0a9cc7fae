/** The part of a socket that sends and receives messages with ancillary data without blocking. */
import { type NativeAddress, type NativeEndpoint, native } from '../native/index.js';
import {
  type BytesLike,
  INT_MAX,
  integer,
  rangeError,
  toBytes,
  toBytesOrText,
} from '../values/index.js';
import { POLLIN, POLLOUT, type WaitOptions } from '../waits/index.js';
import { orNotYet, promised } from '../waits/internal.js';
import { type Address, fromNative, toEndpoint } from './address.js';
import { AsyncSocket } from './async-socket.js';
import { checkAt } from './errors.js';
import { flagBits, iterable, ownBytes, sizeWithin, wouldBlock } from './memory.js';
import {
  type AncillaryData,
  controlMessages,
  type ReceivedMessage,
  receiveMessage,
} from './message.js';

/** Buffers of one call, and how long they were when it began. */
class Buffers {
  readonly list: Uint8Array[];
  readonly #lengths: number[];

  constructor(list: Uint8Array[]) {
    this.list = list;
    this.#lengths = list.map(({ length }) => length);
  }

  /** @throws RangeError where one was detached or has shrunk meanwhile */
  check(): void {
    const changed = this.list.findIndex(({ length }, i) => length !== this.#lengths[i]);
    if (changed >= 0) {
      const length = this.#lengths[changed];
      throw rangeError(`buffers[${changed}]`, `still ${length} bytes long`, this.list[changed]);
    }
  }
}

/** The part of {@link Socket} whose calls return promises, for messages. */
export abstract class AsyncMessageSocket extends AsyncSocket {
  /**
   * {@link recvfromInto} without blocking; see {@link Socket.acceptAsync}.
   * @param buffer - filled from its beginning
   * @param size - at most this many bytes; 0 means the length of the buffer
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; no message was taken then
   * @returns a promise for the result of {@link recvfromInto}
   */
  recvfromIntoAsync(
    buffer: BytesLike,
    size = 0,
    flags = 0,
    options?: WaitOptions,
  ): Promise<[number, Address | null]> {
    return promised(() => {
      const bytes = toBytes('buffer', buffer);
      const limit = sizeWithin(bytes, size) || bytes.length;
      const bits = flagBits(flags);
      const buffers = new Buffers([bytes]);
      return this.callAsync('recvfrom', POLLIN, options, (fd) => {
        buffers.check();
        const address: NativeAddress = [];
        const received = native.recvfrom(fd, bytes, 0, limit, bits, 0, address);
        return orNotYet(received, 'recvfrom') === null ? null : [received, fromNative(address)];
      });
    });
  }

  /**
   * {@link recvmsg} without blocking; see {@link Socket.acceptAsync}. An aborted one leaves the message
   * and its file descriptors where they are.
   * @param bufsize - at most this many bytes of data
   * @param ancbufsize - bytes, as in {@link recvmsg}; default: 0
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait
   * @returns a promise for the result of {@link recvmsg}
   */
  recvmsgAsync(
    bufsize: number,
    ancbufsize = 0,
    flags = 0,
    options?: WaitOptions,
  ): Promise<ReceivedMessage<Buffer>> {
    return promised(async () => {
      const buffer = Buffer.allocUnsafeSlow(integer('bufsize', bufsize, 0, INT_MAX));
      const [size, ...rest] = await this.recvmsgIntoAsync([buffer], ancbufsize, flags, options);
      return [ownBytes(buffer, Math.min(size, buffer.length)), ...rest];
    });
  }

  /**
   * {@link recvmsgInto} without blocking; see {@link Socket.acceptAsync}.
   * @param buffers - filled one after the other
   * @param ancbufsize - bytes, as in {@link recvmsg}; default: 0
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; no message was taken then
   * @returns a promise that is also rejected where a buffer was detached or has shrunk meanwhile;
   *   nothing is lost then
   */
  recvmsgIntoAsync(
    buffers: Iterable<BytesLike>,
    ancbufsize = 0,
    flags = 0,
    options?: WaitOptions,
  ): Promise<ReceivedMessage<number>> {
    return promised(() => {
      const list = Array.from(iterable('buffers', buffers), (item) => toBytes('buffers', item));
      const room = integer('ancbufsize', ancbufsize, 0, INT_MAX);
      const bits = flagBits(flags);
      const memory = new Buffers(list);
      return this.callAsync('recvmsg', POLLIN, options, (fd) => {
        memory.check();
        const received = receiveMessage(fd, this.family, list, room, bits, 0);
        if (typeof received !== 'number') return received;
        return orNotYet(received, 'recvmsg') as null; // or it throws
      });
    });
  }

  /**
   * {@link sendmsg} without blocking; a name is looked up in another thread. See
   * {@link Socket.acceptAsync}. File descriptors in `ancdata` must stay open until the promise settles.
   * @param buffers - bytes, which must not change meanwhile, or strings
   * @param ancdata - level, type and data of each control message
   * @param flags - MSG_… constants; default: 0
   * @param address - for sockets that are not connected
   * @param options - `signal` ends the look-up and the wait; nothing was sent then
   * @returns a promise of the number of bytes, perhaps not all
   */
  sendmsgAsync(
    buffers: Iterable<BytesLike | string>,
    ancdata: Iterable<AncillaryData> = [],
    flags = 0,
    address?: Address | null,
    options?: WaitOptions,
  ): Promise<number> {
    return promised(async () => {
      const items = iterable('buffers', buffers);
      const memory = new Buffers(Array.from(items, (item) => toBytesOrText('buffers', item)));
      const control = controlMessages(ancdata);
      const bits = flagBits(flags);
      const hasAddress = address !== undefined && address !== null;
      const target: NativeEndpoint | [] = hasAddress
        ? await this.lookedUp('sendmsg', toEndpoint(this.family, address), options)
        : [];
      return await this.callAsync('sendmsg', POLLOUT, options, (fd) => {
        memory.check();
        const { list } = memory;
        const sent = native.sendmsg(fd, list, control, bits, 0, hasAddress ? 1 : 0, ...target);
        return wouldBlock(sent) ? null : checkAt(sent, 'sendmsg', () => address ?? null);
      });
    });
  }
}
