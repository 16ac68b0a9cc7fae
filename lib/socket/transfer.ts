/** The part of a socket for receiving and sending. */
import { type NativeAddress, type NativeEndpoint, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  type FileDescriptorLike,
  INT_MAX,
  integer,
  rangeError,
  toBytes,
  toBytesOrText,
} from '../values/index.js';
import { type Address, fromNative, toEndpoint } from './address.js';
import { SocketBase } from './base.js';
import { SOCK_STREAM } from './core-constants.js';
import { checkAt } from './errors.js';
import {
  flagBits,
  iterable,
  ownBytes,
  SCRATCH_SIZE,
  scratch,
  sizeWithin,
  wouldBlock,
} from './memory.js';
import {
  type AncillaryData,
  controlMessages,
  type ReceivedMessage,
  receivedData,
} from './message.js';
import { sendFile } from './send-file.js';
import { MAX_CHUNK, Slab } from './slab.js';

const slab = new Slab();

/** The part of {@link Socket} whose calls block, or never wait. */
export abstract class TransferSocket extends SocketBase {
  /**
   * Receives up to `size` bytes; recv(2).
   * @param flags - MSG_… constants; default: 0
   * @returns the bytes, in memory that is not used again; empty at the end of the stream. As with
   *   `Buffer.from()`, its ArrayBuffer may hold other Buffers, too, and cannot be transferred.
   * @throws OSError `EAGAIN`, `ETIMEDOUT`, `ECONNRESET`, `ENOTCONN`, …; RangeError, TypeError for bad
   *   arguments
   */
  recv(size: number, flags = 0): Buffer {
    integer('size', size, 0, INT_MAX);
    if (size <= MAX_CHUNK) {
      const block = slab.reserve(size);
      // With MSG_TRUNC the result may be greater than the number of bytes in the buffer.
      return slab.take(Math.min(this.#receive(block, slab.used, size, flags), size));
    }
    const buffer = Buffer.allocUnsafeSlow(size);
    return ownBytes(buffer, Math.min(this.#receive(buffer, 0, size, flags), size));
  }

  /**
   * Receives into a buffer; recv(2).
   * @param buffer - filled from its beginning
   * @param size - at most this many bytes; 0 means the length of the buffer
   * @param flags - MSG_… constants; default: 0
   * @returns the number of bytes; 0 at the end of the stream
   * @throws as {@link recv}
   */
  recvInto(buffer: BytesLike, size = 0, flags = 0): number {
    const bytes = toBytes('buffer', buffer);
    return this.#receive(bytes, 0, sizeWithin(bytes, size) || bytes.length, flags);
  }

  /**
   * Receives a message with the sender's address; recvfrom(2).
   * @param size - the most bytes to return
   * @param flags - MSG_… constants; default: 0
   * @returns the bytes, cut off after `size`, and the sender's address, null if the socket is
   *   connected
   * @throws as {@link recv}
   */
  recvfrom(size: number, flags = 0): [Buffer, Address | null] {
    integer('size', size, 0, INT_MAX);
    const buffer = size <= SCRATCH_SIZE ? scratch : Buffer.allocUnsafeSlow(size);
    const bits = flagBits(flags);
    const address: NativeAddress = [];
    const received = check(
      native.recvfrom(this.openFd('recvfrom'), buffer, 0, size, bits, this.milliseconds(), address),
      'recvfrom',
    );
    return [ownBytes(buffer, Math.min(received, size)), fromNative(address)];
  }

  /**
   * As {@link recvfrom}, into a buffer.
   * @param buffer - filled from its beginning
   * @param size - at most this many bytes; 0 means the length of the buffer
   * @param flags - MSG_… constants; default: 0
   * @returns the number of bytes, and the sender's address
   * @throws as {@link recv}
   */
  recvfromInto(buffer: BytesLike, size = 0, flags = 0): [number, Address | null] {
    const bytes = toBytes('buffer', buffer);
    const limit = sizeWithin(bytes, size) || bytes.length;
    const bits = flagBits(flags);
    const address: NativeAddress = [];
    const received = check(
      native.recvfrom(this.openFd('recvfrom'), bytes, 0, limit, bits, this.milliseconds(), address),
      'recvfrom',
    );
    return [received, fromNative(address)];
  }

  /**
   * Receives a message with its ancillary data; recvmsg(2).
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.recvmsg
   * @param bufsize - at most this many bytes of data
   * @param ancbufsize - the size for ancillary data; see {@link CMSG_SPACE}, {@link CMSG_LEN}
   * @param flags - MSG_… constants; default: 0
   * @returns the bytes; level, type and data of each control message; flags such as MSG_CTRUNC; the
   *   sender's address, null if the socket is connected. File descriptors close on exec.
   * @throws as {@link recv}
   */
  recvmsg(bufsize: number, ancbufsize = 0, flags = 0): ReceivedMessage<Buffer> {
    const buffer = Buffer.allocUnsafeSlow(integer('bufsize', bufsize, 0, INT_MAX));
    const [size, ...rest] = this.recvmsgInto([buffer], ancbufsize, flags);
    return [ownBytes(buffer, Math.min(size, buffer.length)), ...rest];
  }

  /**
   * As {@link recvmsg}, into buffers, which are filled one after the other.
   * @param buffers - at most 1024
   * @param ancbufsize - bytes, as in {@link recvmsg}; default: 0
   * @param flags - MSG_… constants; default: 0
   * @returns the number of bytes, and the rest as {@link recvmsg}
   * @throws as {@link recv}; OSError `EMSGSIZE` for too many buffers
   */
  recvmsgInto(buffers: Iterable<BytesLike>, ancbufsize = 0, flags = 0): ReceivedMessage<number> {
    const list = Array.from(iterable('buffers', buffers), (item) => toBytes('buffers', item));
    const room = integer('ancbufsize', ancbufsize, 0, INT_MAX);
    const bits = flagBits(flags);
    return receivedData(this.openFd('recvmsg'), this.family, list, room, bits, this.milliseconds());
  }

  /**
   * Sends as many bytes as the kernel takes at once; send(2). A string is sent in UTF-8.
   * @param data - bytes or a string
   * @param flags - MSG_… constants; default: 0. SIGPIPE is never sent
   * @returns the number of bytes that were sent, perhaps not all
   * @throws OSError `EAGAIN`, `ETIMEDOUT`, `EPIPE`, `ECONNRESET`, `ENOTCONN`, …; TypeError, RangeError
   *   for bad arguments
   */
  send(data: BytesLike | string, flags = 0): number {
    const bytes = toBytesOrText('data', data);
    const bits = flagBits(flags);
    return check(
      native.send(this.openFd('send'), bytes, 0, bytes.length, bits, this.milliseconds()),
      'send',
    );
  }

  /**
   * Sends everything; a string in UTF-8. The timeout is for the whole call. After an error it is
   * unknown how much was sent.
   * @param data - bytes or a string
   * @param flags - MSG_… constants; default: 0
   * @throws as {@link send}
   */
  sendall(data: BytesLike | string, flags = 0): void {
    const bytes = toBytesOrText('data', data);
    const bits = flagBits(flags);
    check(native.sendall(this.openFd('send'), bytes, bits, this.milliseconds()), 'send');
  }

  /**
   * Sends a message to an address; sendto(2). A string is sent in UTF-8; empty data is an empty
   * datagram.
   * @param data - bytes or a string
   * @param address - of the socket's family; a host name is looked up, which blocks
   * @param flags - MSG_… constants; default: 0
   * @returns how many bytes were sent
   * @throws as {@link send}, with `address` and `port`; OSError `EMSGSIZE` for a datagram that is too
   *   long, or the `EAI_…` of a failed look-up
   */
  sendto(data: BytesLike | string, address: Address, flags = 0): number {
    const bytes = toBytesOrText('data', data);
    const endpoint = toEndpoint(this.family, address);
    const bits = flagBits(flags);
    return checkAt(
      native.sendto(this.openFd('sendto'), bytes, bits, this.milliseconds(), ...endpoint),
      'sendto',
      () => address,
    );
  }

  /**
   * Sends a message with ancillary data; sendmsg(2).
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.sendmsg
   * @param buffers - the bytes, one after the other; strings are sent in UTF-8
   * @param ancdata - level, type and data of each control message
   * @param flags - MSG_… constants; default: 0
   * @param address - for sockets that are not connected
   * @returns the number of bytes that were sent
   * @throws as {@link sendto}; OSError `EMSGSIZE` for more than 1024 buffers
   */
  sendmsg(
    buffers: Iterable<BytesLike | string>,
    ancdata: Iterable<AncillaryData> = [],
    flags = 0,
    address?: Address | null,
  ): number {
    const list = Array.from(iterable('buffers', buffers), (item) => toBytesOrText('buffers', item));
    const control = controlMessages(ancdata);
    const bits = flagBits(flags);
    const hasAddress = address !== undefined && address !== null;
    const endpoint: NativeEndpoint | [] = hasAddress ? toEndpoint(this.family, address) : [];
    const fd = this.openFd('sendmsg');
    const wait = this.milliseconds();
    return checkAt(
      native.sendmsg(fd, list, control, bits, wait, hasAddress ? 1 : 0, ...endpoint),
      'sendmsg',
      () => address ?? null,
    );
  }

  /**
   * Sends a file, or a part of it, without copying it through JavaScript; sendfile(2). Afterwards
   * its position is at the end of the sent part.
   *
   * Mirrors https://docs.python.org/3/library/socket.html#socket.socket.sendfile
   * @param file - a regular file, open for reading; of other files nothing is sent
   * @param offset - where in the file to begin
   * @param count - the number of bytes; default: all to the end
   * @returns how many bytes were sent
   * @throws RangeError for a socket that is not a stream, or whose timeout is 0, and for a `count`
   *   <= 0
   */
  sendfile(file: FileDescriptorLike, offset = 0, count?: number): number {
    const fd = this.openFd('sendfile');
    if (this.type !== SOCK_STREAM) throw rangeError('socket', 'a stream socket', this.type);
    if (this.gettimeout() === 0) throw rangeError('timeout', 'other than 0', this.gettimeout());
    return sendFile(this, fd, file, offset, count, this.gettimeout());
  }

  /**
   * {@link recvInto} that never waits and allocates nothing.
   * @param buffer - where the bytes go
   * @param offset - the first byte of the buffer to fill
   * @param size - at most this many bytes; default: as many as fit
   * @returns the number of bytes; 0 at the end of the stream; null if there are none yet
   * @throws OSError `ECONNRESET`, `ENOTCONN`, …; TypeError, RangeError for bad arguments
   */
  tryRecvInto(buffer: BytesLike, offset = 0, size?: number): number | null {
    const bytes = toBytes('buffer', buffer);
    const begin = integer('offset', offset, 0, bytes.length);
    const room = bytes.length - begin;
    const limit = size === undefined ? room : integer('size', size, 0, room);
    const fd = this.openFd('recv');
    if (limit === 0) return 0;
    const received = native.tryRecv(fd, bytes, begin, limit);
    if (received >= 0) return received;
    return wouldBlock(received) ? null : check(received, 'recv');
  }

  /**
   * {@link send} that never waits and allocates nothing.
   * @param data - bytes, not a string
   * @param offset - the first byte to send
   * @param size - the number of bytes; default: all from there on
   * @returns the number of bytes that were sent; null if the kernel takes none at the moment
   * @throws OSError `EPIPE`, `ECONNRESET`, `ENOTCONN`, …; TypeError, RangeError for bad arguments
   */
  trySend(data: BytesLike, offset = 0, size?: number): number | null {
    const bytes = toBytes('data', data);
    const begin = integer('offset', offset, 0, bytes.length);
    const rest = bytes.length - begin;
    const limit = size === undefined ? rest : integer('size', size, 0, rest);
    const fd = this.openFd('send');
    const sent = native.trySend(fd, bytes, begin, limit);
    if (sent >= 0) return sent;
    return wouldBlock(sent) ? null : check(sent, 'send');
  }

  #receive(buffer: Uint8Array, offset: number, size: number, flags: number): number {
    const bits = flagBits(flags);
    const fd = this.openFd('recv');
    // As CPython: a call for 0 bytes does not wait.
    if (size === 0) return 0;
    return check(native.recv(fd, buffer, offset, size, bits, this.milliseconds()), 'recv');
  }
}
