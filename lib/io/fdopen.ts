/** Files over any file descriptor: Python's `os.fdopen`. */
import { errnoNumber, native } from '../native/index.js';
import {
  type BytesLike,
  check,
  type FileDescriptorLike,
  fileno,
  OSError,
  toBytes,
  typeError,
} from '../values/index.js';
import { accessMode } from './access.js';
import { Deadline, type TimeoutOptions } from './deadline.js';
import type { Direction } from './file/base.js';
import type { BufferedFile } from './file/buffered.js';
import { fileFormat, type MakefileOptions } from './file/format.js';
import { RawFile } from './file/raw.js';
import type { TextFile } from './file/text.js';
import { readOnce, writeOnce } from './transfer.js';

const EBADF = errnoNumber('EBADF');
const EISDIR = errnoNumber('EISDIR');
const { S_IFDIR, S_IFMT } = process.getBuiltinModule('node:fs').constants;

/** Options of {@link fdopen}. */
export interface FdopenOptions extends MakefileOptions, TimeoutOptions {
  /** Whether closing the file closes the file descriptor. Default: true. */
  closefd?: boolean | undefined;
}

/**
 * The file of `fdopen(fd, 'rb', { buffering: 0 })`: each call is one read(2) or write(2), which
 * waits even if O_NONBLOCK is set.
 *
 * Mirrors https://docs.python.org/3/library/io.html#io.FileIO
 * @platform POSIX
 */
export class FileIO extends RawFile {
  readonly #fd: number;
  readonly #timeout: TimeoutOptions;
  readonly #closesFd: boolean;

  /** @internal */
  constructor(fd: number, direction: Direction, timeout: TimeoutOptions, closesFd: boolean) {
    super(direction, { read: 'read', write: 'write' });
    this.#fd = fd;
    this.#timeout = timeout;
    this.#closesFd = closesFd;
  }

  override fileno(): number {
    this.checkOpen();
    return this.#fd;
  }

  /**
   * Reads once.
   * @param buffer - filled from its beginning
   * @returns how many bytes; 0 at the end of the file
   * @throws OSError `ETIMEDOUT`; afterwards reading can continue
   */
  override readinto(buffer: BytesLike): number {
    this.checkReadable();
    return readOnce(this.#fd, toBytes('buffer', buffer), new Deadline(this.#timeout));
  }

  /**
   * Writes once.
   * @param data - not a string
   * @returns how many bytes the kernel has taken, perhaps not all
   * @throws OSError `ETIMEDOUT`, `EPIPE`
   */
  override write(data: BytesLike): number {
    this.checkWritable();
    return writeOnce(this.#fd, toBytes('data', data), 0, new Deadline(this.#timeout));
  }

  protected override release(): void {
    if (this.#closesFd) check(native.close(this.#fd), 'close');
  }
}

/**
 * A file over a file descriptor, which the file owns from now on, unless `closefd` is false. If this
 * throws, the file descriptor stays open.
 *
 * Reading and writing wait even if O_NONBLOCK is set; `timeout` holds for each of their system
 * calls. After `ETIMEDOUT` the file can still be used, and nothing is lost. In a Node worker the
 * calls end when the worker does.
 *
 * Mirrors https://docs.python.org/3/library/os.html#os.fdopen, with the modes of `socket.makefile`.
 * @param fd - a file descriptor, or an object that has one
 * @param mode - `r`, `w` or `rw`: text; with `b`: bytes
 * @param options - those of `makefile`; `timeout`, `closefd`
 * @returns a {@link TextFile}; a {@link BufferedFile} in modes with `b`, or with `buffering: 0` a
 *   {@link FileIO}
 * @throws OSError `EBADF` if it is closed or not open in this direction, `EISDIR` for a folder
 * @throws TypeError, RangeError for bad arguments
 * @platform POSIX
 */
export function fdopen(
  fd: FileDescriptorLike,
  mode: `${string}b${string}`,
  options: FdopenOptions & { buffering: 0 },
): FileIO;
export function fdopen(
  fd: FileDescriptorLike,
  mode: `${string}b${string}`,
  options?: FdopenOptions,
): BufferedFile;
export function fdopen(
  fd: FileDescriptorLike,
  mode?: 'r' | 'w' | 'rw' | 'wr',
  options?: FdopenOptions,
): TextFile;
export function fdopen(
  fd: FileDescriptorLike,
  mode: string,
  options?: FdopenOptions,
): TextFile | BufferedFile | FileIO;
export function fdopen(
  fd: FileDescriptorLike,
  mode = 'r',
  options: FdopenOptions = {},
): TextFile | BufferedFile | FileIO {
  const number = fileno(fd);
  new Deadline(options); // checks both
  const { direction, open } = fileFormat(mode, options);
  const { timeout, closefd = true } = options;
  if (typeof closefd !== 'boolean') throw typeError('closefd', 'a boolean', closefd);
  const access = accessMode(number, 'fdopen');
  if ((check(native.fileMode(number), 'fdopen') & S_IFMT) === S_IFDIR) {
    throw new OSError(EISDIR, 'fdopen');
  }
  if (access !== 'rw' && access !== direction) throw new OSError(EBADF, 'fdopen');
  return open(new FileIO(number, direction, { timeout }, closefd));
}
