/** `FileDispatcher`: a pipe, a terminal or a file as a channel. */
import { errnoNumber } from '../native/index.js';
import { close, dup, read, setBlocking, write } from '../os/internal.js';
import type { Socket } from '../socket/index.js';
import { SO_ERROR, SOL_SOCKET } from '../socket/internal.js';
import type { BytesLike } from '../values/index.js';
import { type FileDescriptorLike, fileno, OSError } from '../values/index.js';
import type { ChannelMap } from './channel.js';
import { Dispatcher } from './dispatcher.js';
import { hasCode } from './errors.js';

/**
 * A duplicate of a file descriptor, with the methods of a socket that a `Dispatcher` calls.
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.file_wrapper; it is not closed
 * by the garbage collector.
 * @platform POSIX
 */
export class FileWrapper {
  /** The duplicate; -1 after it was closed. */
  fd: number;
  /** Whether the file is open for writing only. */
  readonly isWriteOnly: boolean;

  /**
   * @param fd - duplicated; the original stays open
   * @throws OSError `EBADF`, `EMFILE`; TypeError, RangeError for a bad file descriptor
   */
  constructor(fd: FileDescriptorLike) {
    this.fd = dup(fd);
    this.isWriteOnly = isWriteOnly(this.fd);
  }

  /** @returns the duplicate; -1 after it was closed */
  fileno(): number {
    return this.fd;
  }

  /**
   * Reads once, at most `size` bytes; read(2).
   * @returns the bytes; empty at the end of the file
   * @throws OSError `EAGAIN`, `EBADF` after it was closed, …; TypeError, RangeError for a bad size
   */
  recv(size: number): Buffer {
    return read(this.#open('read'), size);
  }

  /**
   * Reads once, at most `size` bytes: the same as {@link recv}.
   * @returns the bytes; empty at the end of the file
   * @throws as {@link recv}
   */
  read(size: number): Buffer {
    return this.recv(size);
  }

  /**
   * Writes once; write(2).
   * @param data - not a string
   * @returns how many bytes were taken, perhaps not all
   * @throws OSError `EAGAIN`, `EPIPE`, `EBADF` after it was closed, …; TypeError for data that is not
   *   bytes
   */
  send(data: BytesLike): number {
    return write(this.#open('write'), data);
  }

  /**
   * Writes `data` once: the same as {@link send}.
   * @returns how many bytes were taken, perhaps not all
   * @throws as {@link send}
   */
  write(data: BytesLike): number {
    return this.send(data);
  }

  /**
   * Writes a part of `data` once, as `Socket.trySend`.
   * @param offset - the first byte to write
   * @param size - how many bytes to write at most
   * @returns how many bytes were taken, perhaps not all; null if the kernel takes none now
   * @throws OSError `EPIPE`, `EBADF` after it was closed, …
   */
  trySend(data: Uint8Array, offset: number, size: number): number | null {
    try {
      return this.send(data.subarray(offset, offset + size));
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) return null;
      throw error;
    }
  }

  /**
   * A file has no socket options.
   * @param level - SOL_SOCKET
   * @param name - SO_ERROR
   * @param size - 0, the default: an integer
   * @returns 0: no error is pending
   * @throws Error `ERR_METHOD_NOT_IMPLEMENTED` for other arguments
   */
  getsockopt(level: number, name: number, size = 0): number {
    if (level === SOL_SOCKET && name === SO_ERROR && size === 0) return 0;
    const error = new Error(`a file has no socket option ${name} of level ${level}`);
    throw Object.assign(error, { code: 'ERR_METHOD_NOT_IMPLEMENTED' });
  }

  /** Closes the duplicate. Idempotent. @throws OSError `EBADF` if other code has closed it */
  close(): void {
    const { fd } = this;
    if (fd < 0) return;
    this.fd = -1;
    close(fd);
  }

  /** Calls {@link close}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #open(syscall: string): number {
    if (this.fd < 0) throw new OSError(errnoNumber('EBADF'), syscall);
    return this.fd;
  }
}

/**
 * A dispatcher of a pipe, a terminal or a file; its `socket` is a {@link FileWrapper}.
 *
 * Mirrors https://docs.python.org/3.11/library/asyncore.html#asyncore.file_dispatcher
 * @platform POSIX
 */
export class FileDispatcher extends Dispatcher {
  /**
   * @param fd - duplicated and made non-blocking. O_NONBLOCK belongs to the open file: the original
   *   becomes non-blocking too, also in other processes
   * @param map - default: `socketMap`
   * @throws OSError `EBADF`, `EMFILE`; TypeError, RangeError for a bad file descriptor
   */
  constructor(fd: FileDescriptorLike, map?: ChannelMap<Dispatcher> | null) {
    super(null, map);
    const number = fileno(fd);
    setBlocking(number, false);
    this.connected = true;
    this.setFile(number);
  }

  /**
   * Replaces the file by a duplicate of `fd`, which must be non-blocking. The former duplicate is not
   * closed.
   * @throws OSError `EBADF`, `EMFILE`; TypeError, RangeError for a bad file descriptor
   */
  setFile(fd: FileDescriptorLike): void {
    // FileWrapper has the methods of a socket that a dispatcher calls.
    this.setSocket(new FileWrapper(fd) as unknown as Socket);
  }

  /**
   * As in {@link Dispatcher}. A file that is open only for writing is never readable: the event means
   * that its reader has closed, so {@link handleClose} is called.
   * @throws any error of the handler; a loop passes it to `handleError`
   */
  override handleReadEvent(): void {
    const file = this.socket as unknown as FileWrapper | null;
    if (file?.isWriteOnly === true) this.handleClose();
    else super.handleReadEvent();
  }
}

/** Reads 0 bytes: EBADF of read(2) also means that the file is not open for reading. */
function isWriteOnly(fd: number): boolean {
  try {
    read(fd, 0);
    return false;
  } catch (error) {
    return hasCode(error, 'EBADF');
  }
}
