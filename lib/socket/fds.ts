/** File descriptors that cross processes: over a Unix socket, or from systemd. */
import { native } from '../native/index.js';
import {
  type BytesLike,
  checkHas,
  type FileDescriptorLike,
  fileno,
  INT_MAX,
  integer,
  OSError,
  toList,
  toOptions,
} from '../values/index.js';
import type { Address } from './address.js';
import { SCM_RIGHTS, SOL_SOCKET } from './core-constants.js';
import { Socket } from './socket.js';

const INT_SIZE = 4;
/** The largest length whose CMSG_SPACE is an int. */
const MAX_CONTROL = INT_MAX - 64;
/** The first fd from systemd; sd_listen_fds(3). */
const FIRST_FD = 3;

/**
 * The length of a control message with `length` bytes of data, without padding; cmsg(3).
 * @returns bytes
 * @throws RangeError for a length that is negative or too large for C's `int`; TypeError
 * @platform POSIX
 */
export function CMSG_LEN(length: number): number {
  return native.cmsgLen(integer('length', length, 0, INT_MAX - native.cmsgLen(0)));
}

/**
 * The size of a control message with `length` bytes of data, with padding; cmsg(3).
 * @returns bytes
 * @throws RangeError for a length that is negative or too large for C's `int`; TypeError
 * @platform POSIX
 */
export function CMSG_SPACE(length: number): number {
  return native.cmsgSpace(integer('length', length, 0, INT_MAX - native.cmsgSpace(1)));
}

/**
 * Sends bytes and file descriptors over a Unix socket; the receiver gets duplicates.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.send_fds and unix(7).
 * @param sock - a Unix socket
 * @param buffers - at least one byte in all, on a stream
 * @param fds - at most 253
 * @param flags - MSG_… constants; default: 0
 * @param address - for a datagram socket that is not connected
 * @returns how many bytes were sent
 * @throws OSError `EINVAL` for more file descriptors, `EBADF`, …
 * @platform POSIX
 */
export function sendFds(
  sock: Socket,
  buffers: Iterable<BytesLike | string>,
  fds: Iterable<FileDescriptorLike>,
  flags = 0,
  address?: Address,
): number {
  checkHas('sock', 'a Socket', sock, 'sendmsg');
  const list = toList('fds', 'an array of file descriptors', fds);
  const numbers = Int32Array.from(list, (fd) => fileno(fd as FileDescriptorLike, 'fds'));
  return sock.sendmsg(buffers, [[SOL_SOCKET, SCM_RIGHTS, numbers]], flags, address);
}

/**
 * Receives bytes and file descriptors. These close on exec; the caller must close them.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#socket.recv_fds and unix(7).
 * @param sock - a Unix socket
 * @param bufsize - at most this many bytes of data
 * @param maxfds - the kernel drops any more, and then the flags have MSG_CTRUNC
 * @param flags - MSG_… constants; default: 0
 * @returns the bytes; the file descriptors; flags such as MSG_CTRUNC; the sender's address, null if the
 *   socket is connected
 * @throws OSError `EAGAIN`, `ETIMEDOUT`, `EBADF`, … as `Socket.recvmsg`; RangeError, TypeError for
 *   bad arguments
 * @platform POSIX
 */
export function recvFds(
  sock: Socket,
  bufsize: number,
  maxfds: number,
  flags = 0,
): [data: Buffer, fds: number[], msgFlags: number, address: Address | null] {
  checkHas('sock', 'a Socket', sock, 'recvmsg');
  const most = integer('maxfds', maxfds, 0, MAX_CONTROL / INT_SIZE);
  // CMSG_SPACE would leave room for one more.
  const [data, ancdata, msgFlags, address] = sock.recvmsg(
    bufsize,
    CMSG_LEN(INT_SIZE * most),
    flags,
  );
  const fds: number[] = [];
  for (const [level, type, bytes] of ancdata) {
    if (level !== SOL_SOCKET || type !== SCM_RIGHTS) continue;
    for (let i = 0; i + INT_SIZE <= bytes.length; i += INT_SIZE) {
      fds.push(new DataView(bytes.buffer, bytes.byteOffset + i).getInt32(0, isLittleEndian));
    }
  }
  return [data, fds, msgFlags, address];
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** A file descriptor from systemd; a result of {@link listenFds}. */
export interface ListenFd {
  /** The file descriptor, from 3 on. */
  fd: number;
  /** From LISTEN_FDNAMES; `'unknown'` if it has none. */
  name: string;
  /** null if the file is not a socket. */
  socket: Socket | null;
}

let handedOver: ListenFd[] | null = null;

/**
 * The sockets that systemd has opened for this process (socket activation); from then on they close
 * on exec. A second call returns the same objects.
 *
 * Mirrors sd_listen_fds(3): LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES.
 * @param options - `unset`: removes the three variables, so that children do not see them
 * @returns an empty array in a process that was started otherwise
 * @throws TypeError for options that are not an object
 * @platform POSIX
 */
export function listenFds(options: { unset?: boolean } = {}): ListenFd[] {
  const { unset = false } = toOptions(options);
  handedOver ??= readListenFds();
  const found = handedOver;
  if (unset) {
    for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete process.env[name];
    handedOver = null;
  }
  return found;
}

function readListenFds(): ListenFd[] {
  const { LISTEN_PID = '', LISTEN_FDS = '', LISTEN_FDNAMES } = process.env;
  if (!/^\d+$/.test(LISTEN_FDS) || LISTEN_PID !== String(process.pid)) return [];
  const count = Number(LISTEN_FDS);
  if (count > INT_MAX - FIRST_FD) return [];
  const names = LISTEN_FDNAMES === undefined ? [] : LISTEN_FDNAMES.split(':');
  const found: ListenFd[] = [];
  for (let i = 0; i < count; i++) {
    const fd = FIRST_FD + i;
    const made = native.setInheritable(fd, 0);
    if (made < 0) return []; // there are fewer than LISTEN_FDS
    found.push({ fd, name: names[i] || 'unknown', socket: socketOn(fd) });
  }
  return found;
}

function socketOn(fd: number): Socket | null {
  try {
    return new Socket(undefined, undefined, undefined, fd);
  } catch (error) {
    if (error instanceof OSError && error.code === 'ENOTSOCK') return null;
    throw error;
  }
}
