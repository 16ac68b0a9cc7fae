/** The part of a socket that does not block: receiving, sending and connecting with promises. */
import {
  errnoNumber,
  type NativeAddress,
  type NativeEndpoint,
  native,
  now,
} from '../native/index.js';
import {
  type BytesLike,
  closedError,
  concurrentPollError,
  INT_MAX,
  integer,
  OSError,
  rangeError,
  toBytes,
  toBytesOrText,
} from '../values/index.js';
import { POLLIN, POLLOUT, selectAsync } from '../waits/index.js';
import { orNotYet, promised, reasonOf, signalOf, type WaitOptions } from '../waits/internal.js';
import { type Address, fromNative, toEndpoint } from './address.js';
import { callAsync } from './async.js';
import { checkAt, withAddress } from './errors.js';
import { lookUp, needsLookup } from './lookup.js';
import { checkUnchanged, flagBits, ownBytes, SCRATCH_SIZE, scratch, sizeWithin } from './memory.js';
import { TransferSocket } from './transfer.js';

const EAGAIN = errnoNumber('EAGAIN');
const EALREADY = errnoNumber('EALREADY');
const EINPROGRESS = errnoNumber('EINPROGRESS');

/** The beginning of a call that does not block. */
interface AsyncBeginning {
  fd: number;
  signal: AbortSignal | undefined;
}

/** The part of {@link Socket} whose calls return promises. */
export abstract class AsyncSocket extends TransferSocket {
  /** The directions in which a call is waiting: POLLIN, POLLOUT. */
  #waiting = 0;

  /**
   * {@link connect} without blocking; a name is looked up in another thread. See {@link
   * acceptAsync}. With a timeout of null it waits while the backlog of a Unix listener is full.
   * @param address - of the socket's family
   * @param options - `signal` ends the look-up and the wait
   * @returns a promise that is rejected as that of {@link acceptAsync}
   */
  connectAsync(address: Address, options?: WaitOptions): Promise<void> {
    return promised(() => {
      const endpoint = toEndpoint(this.family, address);
      const begin = this.#beginAsync('connect', POLLOUT, options);
      return this.#connectAsync(endpoint, address, begin).finally(() => {
        this.#waiting &= ~POLLOUT;
        this.lookup = null;
      });
    });
  }

  async #connectAsync(
    endpoint: NativeEndpoint,
    address: Address,
    { fd, signal }: AsyncBeginning,
  ): Promise<void> {
    const timeout = this.gettimeout();
    const end = timeout === null ? Infinity : now() + timeout * 1000;
    const target = needsLookup(endpoint)
      ? await lookUp(endpoint, timeout || null, signal, (pending) => {
          this.lookup = pending;
        })
      : endpoint;
    const left =
      timeout === null || timeout === 0 ? timeout : Math.max((end - now()) / 1000, 0.001);
    for (let pause = 0.001; ; pause = Math.min(2 * pause, 0.01)) {
      const result = native.connect(fd, 0, ...target);
      if (result === -EAGAIN && timeout === null) {
        // The backlog of a Unix listener is full, and the kernel does not report when there is room.
        await selectAsync([], [], [], pause, { signal });
        if (this.fileno() !== fd) throw closedError('socket');
        continue;
      }
      if (timeout === 0 || (result !== -EINPROGRESS && result !== -EALREADY)) {
        checkAt(result, 'connect', () => address);
        return;
      }
      break;
    }
    await callAsync({
      ...{ fd, events: POLLOUT, syscall: 'connect', timeout: left, signal },
      // A second connect() returns the result and, unlike SO_ERROR, leaves a socket that can try
      // again.
      attempt: () => {
        const result = native.connect(fd, 0, ...target);
        if (result === -EINPROGRESS || result === -EALREADY) return null;
        return result === 0 ? 0 : checkAt(result, 'connect', () => address);
      },
    }).catch((error: unknown) => {
      throw error instanceof OSError ? withAddress(error, address) : error;
    });
  }

  /**
   * {@link recv} without blocking; see {@link acceptAsync}.
   * @param size - the most bytes to receive
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; no byte was taken then
   * @returns a promise for the bytes; empty at the end of the stream
   */
  recvAsync(size: number, flags = 0, options?: WaitOptions): Promise<Buffer> {
    return promised(() => {
      integer('size', size, 0, INT_MAX);
      const bits = flagBits(flags);
      return this.callAsync('recv', POLLIN, options, (fd) => {
        const buffer = size <= SCRATCH_SIZE ? scratch : Buffer.allocUnsafeSlow(size);
        const received = size === 0 ? 0 : native.recv(fd, buffer, 0, size, bits, 0);
        return orNotYet(received, 'recv') === null ? null : ownBytes(buffer, received);
      });
    });
  }

  /**
   * {@link recvInto} without blocking; see {@link acceptAsync}.
   * @param buffer - filled from its beginning
   * @param size - at most this many bytes; 0 means the length of the buffer
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; no byte was taken then
   * @returns a promise that is also rejected if the buffer was detached or has shrunk meanwhile;
   *   then nothing is lost
   */
  recvIntoAsync(buffer: BytesLike, size = 0, flags = 0, options?: WaitOptions): Promise<number> {
    return promised(() => {
      const bytes = toBytes('buffer', buffer);
      const limit = sizeWithin(bytes, size) || bytes.length;
      const bits = flagBits(flags);
      return this.callAsync('recv', POLLIN, options, (fd) => {
        if (bytes.length < limit) throw rangeError('buffer', `still ${limit} bytes long`, buffer);
        return limit === 0 ? 0 : orNotYet(native.recv(fd, bytes, 0, limit, bits, 0), 'recv');
      });
    });
  }

  /**
   * {@link recvfrom} without blocking; see {@link acceptAsync}.
   * @param size - the most bytes to return
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; no message was taken then
   * @returns a promise for the result of {@link recvfrom}
   */
  recvfromAsync(size: number, flags = 0, options?: WaitOptions): Promise<[Buffer, Address | null]> {
    return promised(() => {
      integer('size', size, 0, INT_MAX);
      const bits = flagBits(flags);
      return this.callAsync('recvfrom', POLLIN, options, (fd) => {
        const buffer = size <= SCRATCH_SIZE ? scratch : Buffer.allocUnsafeSlow(size);
        const address: NativeAddress = [];
        const received = native.recvfrom(fd, buffer, 0, size, bits, 0, address);
        if (orNotYet(received, 'recvfrom') === null) return null;
        return [ownBytes(buffer, Math.min(received, size)), fromNative(address)];
      });
    });
  }

  /**
   * {@link send} without blocking; see {@link acceptAsync}.
   * @param data - bytes, which must not change meanwhile, or a string
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; nothing was sent then
   * @returns a promise for the number of bytes that were sent, perhaps not all
   */
  sendAsync(data: BytesLike | string, flags = 0, options?: WaitOptions): Promise<number> {
    return promised(() => {
      const bytes = toBytesOrText('data', data);
      const { length } = bytes;
      const bits = flagBits(flags);
      return this.callAsync('send', POLLOUT, options, (fd) => {
        checkUnchanged(bytes, length, data);
        return orNotYet(native.send(fd, bytes, 0, length, bits, 0), 'send');
      });
    });
  }

  /**
   * {@link sendall} without blocking; see {@link acceptAsync}.
   * @param data - bytes, which must not change meanwhile, or a string
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the wait; a part may be sent then
   * @returns a promise; its error has `bytesWritten`, the number of bytes that were sent
   */
  sendallAsync(data: BytesLike | string, flags = 0, options?: WaitOptions): Promise<void> {
    return promised(() => {
      const bytes = toBytesOrText('data', data);
      const { length } = bytes;
      const bits = flagBits(flags);
      let sent = 0;
      return this.callAsync('send', POLLOUT, options, (fd) => {
        do {
          checkUnchanged(bytes, length, data);
          const result = native.send(fd, bytes, sent, length - sent, bits, 0);
          if (orNotYet(result, 'send') === null) return null;
          sent += result;
        } while (sent < length);
        return true;
      }).then(
        () => {},
        (error: unknown) => {
          if (error instanceof Error && Object.isExtensible(error)) {
            Object.assign(error, { bytesWritten: sent });
          }
          throw error;
        },
      );
    });
  }

  /**
   * {@link sendto} without blocking; a name is looked up in another thread. See {@link acceptAsync}.
   * @param data - bytes, which must not change meanwhile, or a string
   * @param address - of the socket's family
   * @param flags - MSG_… constants; default: 0
   * @param options - `signal` ends the look-up and the wait; nothing was sent then
   * @returns a promise for the number of bytes that were sent
   */
  sendtoAsync(
    data: BytesLike | string,
    address: Address,
    flags = 0,
    options?: WaitOptions,
  ): Promise<number> {
    return promised(async () => {
      const bytes = toBytesOrText('data', data);
      const { length } = bytes;
      const endpoint = toEndpoint(this.family, address);
      const bits = flagBits(flags);
      const target = await this.lookedUp('sendto', endpoint, options);
      return await this.callAsync('sendto', POLLOUT, options, (fd) => {
        checkUnchanged(bytes, length, data);
        const result = native.sendto(fd, bytes, bits, 0, ...target);
        return result === -EAGAIN ? null : checkAt(result, 'sendto', () => address);
      });
    });
  }

  /**
   * The endpoint with a number for its host; a name is looked up in another thread.
   * @internal
   */
  protected async lookedUp(
    syscall: string,
    endpoint: NativeEndpoint,
    options: WaitOptions | undefined,
  ): Promise<NativeEndpoint> {
    const { signal } = this.#beginAsync(syscall, POLLOUT, options);
    try {
      if (!needsLookup(endpoint)) return endpoint;
      return await lookUp(endpoint, this.gettimeout() || null, signal, (pending) => {
        this.lookup = pending;
      });
    } finally {
      this.#waiting &= ~POLLOUT;
      this.lookup = null;
    }
  }

  /** The checks of all calls that do not block; marks the direction as busy. */
  #beginAsync(syscall: string, events: number, options: WaitOptions | undefined): AsyncBeginning {
    const signal = signalOf(options);
    if (signal?.aborted === true) throw reasonOf(signal);
    const fd = this.openFd(syscall);
    if ((this.#waiting & events) !== 0) throw concurrentPollError();
    this.#waiting |= events;
    return { fd, signal };
  }

  /**
   * Makes a call that does not block.
   * @internal
   */
  protected callAsync<T>(
    syscall: string,
    events: number,
    options: WaitOptions | undefined,
    attempt: (fd: number) => T | null,
  ): Promise<T> {
    return promised(() => {
      const { fd, signal } = this.#beginAsync(syscall, events, options);
      const timeout = this.gettimeout();
      return callAsync({
        fd,
        events,
        syscall,
        timeout,
        signal,
        attempt: () => attempt(fd),
      }).finally(() => {
        this.#waiting &= ~events;
      });
    });
  }
}
