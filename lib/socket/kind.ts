/** The kind of a socket: its type without flags, and its kind as the kernel knows it. */
import { errnoNumber, type NativeAddress, native } from '../native/index.js';
import { check } from '../values/index.js';
import {
  AF_UNIX,
  SO_DOMAIN,
  SO_PROTOCOL,
  SO_TYPE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from './core-constants.js';

const EBADF = errnoNumber('EBADF');
const ENOTSOCK = errnoNumber('ENOTSOCK');

/** A socket type without SOCK_NONBLOCK and SOCK_CLOEXEC. */
export function withoutFlags(type: number): number {
  return type & ~((SOCK_NONBLOCK ?? 0) | (SOCK_CLOEXEC ?? 0));
}

/** Whether a socket type has SOCK_NONBLOCK. */
export function isNonBlocking(type: number): boolean {
  return (type & (SOCK_NONBLOCK ?? 0)) !== 0;
}

/** @throws OSError `ENOTSOCK`, `EBADF` if an fd is not a socket */
export function checkSocket(fd: number): void {
  const result = native.getsockname(fd, []);
  if (result === -EBADF || result === -ENOTSOCK) check(result, 'getsockname');
}

/** The kernel's address family of a socket. */
export function familyOf(fd: number): number {
  if (SO_DOMAIN !== undefined) return intOption(fd, SOL_SOCKET, SO_DOMAIN);
  const address: number[] = [];
  check(native.getsockname(fd, address as unknown as NativeAddress), 'getsockname');
  return address[0] ?? AF_UNIX;
}

/** The kernel's type of a socket. */
export function typeOf(fd: number): number {
  return intOption(fd, SOL_SOCKET, SO_TYPE);
}

/** The kernel's protocol of a socket; 0 on systems that do not know it. */
export function protocolOf(fd: number): number {
  return SO_PROTOCOL === undefined ? 0 : intOption(fd, SOL_SOCKET, SO_PROTOCOL);
}

/** An option that is an integer. */
export function intOption(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  check(native.getsockopt(fd, level, name, new Uint8Array(value.buffer)), 'getsockopt');
  return value[0] as number;
}
