/** `fileno()`: finds the file descriptor of a number, an object of this package, or one of Node's. */
import type { Socket as UdpSocket } from 'node:dgram';
import type { Server, Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { rangeError, typeError } from './errors.js';
import { INT_MAX } from './integer.js';

/**
 * A file descriptor, or an object that has one: through a method `fileno()`, a property `fd`
 * (`fs.promises.FileHandle`, `fs.ReadStream`, `process.stdin`), or, for Node's own sockets and servers
 * (`child.stdout`, too), their handle.
 */
export type FileDescriptorLike =
  | number
  | {
      /** Its file descriptor. */
      fileno(): number;
    }
  | { readonly fd: number }
  | Socket
  | Server
  | UdpSocket
  | Readable
  | Writable;

/**
 * The file descriptor of `source`.
 *
 * Mirrors `PyObject_AsFileDescriptor`. Node continues to read from its own sockets: wait for their
 * file descriptors, but do not read from them.
 *
 * @param source - a number, or an object that has a file descriptor
 * @returns an integer from 0 to 2^31 - 1; not checked for being open
 * @throws TypeError `ERR_INVALID_ARG_TYPE` if `source` has no file descriptor
 * @throws RangeError `ERR_OUT_OF_RANGE` if it is negative, fractional or too large
 * @throws any error of `source.fileno()`
 * @platform POSIX
 */
export function fileno(source: FileDescriptorLike): number;
/**
 * @param name - the name of the argument, for errors
 * @internal
 */
export function fileno(source: FileDescriptorLike, name: string): number;
export function fileno(source: FileDescriptorLike, name = 'fd'): number {
  if (typeof source === 'number') return descriptor(name, source);
  if ((typeof source !== 'object' && typeof source !== 'function') || source === null) {
    throw noDescriptor(name, source);
  }
  const { fileno } = source as { fileno?: unknown };
  if (typeof fileno === 'function') {
    const fd: unknown = fileno.call(source);
    if (typeof fd !== 'number') throw typeError('the result of fileno()', 'an integer', fd);
    return descriptor('the result of fileno()', fd);
  }
  if (fileno !== undefined) throw typeError('fileno', 'a method', fileno);
  const { fd } = source as { fd?: unknown };
  if (typeof fd === 'number') return descriptor('fd', fd);
  const handleFd = nodeHandle(source)?.fd;
  if (typeof handleFd !== 'number') throw noDescriptor(name, source);
  return descriptor('the fd of its handle', handleFd);
}

function descriptor(name: string, fd: number): number {
  // This test is the quickest, and most fds pass it.
  if ((fd | 0) === fd && fd >= 0) return fd;
  if (!Number.isInteger(fd)) throw rangeError(name, 'an integer', fd);
  throw rangeError(name, fd < 0 ? 'a non-negative integer' : `at most ${INT_MAX}`, fd);
}

function noDescriptor(name: string, source: unknown): TypeError {
  return typeError(name, 'a file descriptor or an object that has an open one', source);
}

/** The libuv handle of a Node socket or server, while it is open. */
function nodeHandle(source: object): { fd?: unknown } | null | undefined {
  // `_handle` of a dgram.Socket prints a deprecation warning, so its state symbol is read first.
  for (const symbol of Object.getOwnPropertySymbols(source)) {
    if (symbol.description !== 'state symbol') continue;
    return (source as Record<symbol, { handle?: { fd?: unknown } | null }>)[symbol]?.handle;
  }
  return (source as { _handle?: { fd?: unknown } | null })._handle;
}
