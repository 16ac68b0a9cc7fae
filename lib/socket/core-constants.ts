/**
 * The constants of sockets that `lib/` uses, from the system's headers; one that a system lacks is
 * `undefined` there. Made by native/constants/generate.mjs from native/constants/socket-core.txt.
 *
 * Mirrors socket(7), ip(7), tcp(7), unix(7)
 */
import { headersOf } from '../native/index.js';

const header = headersOf('socket-core');

export const AF_CAN: number = header('AF_CAN');
export const AF_INET: number = header('AF_INET');
export const AF_INET6: number = header('AF_INET6');
export const AF_NETLINK: number = header('AF_NETLINK');
export const AF_PACKET: number = header('AF_PACKET');
export const AF_UNIX: number = header('AF_UNIX');
export const AF_UNSPEC: number = header('AF_UNSPEC');
export const AF_VSOCK: number = header('AF_VSOCK');
export const IPPROTO_IPV6: number = header('IPPROTO_IPV6');
export const IPPROTO_TCP: number = header('IPPROTO_TCP');
export const IPV6_V6ONLY: number = header('IPV6_V6ONLY');
export const MSG_CMSG_CLOEXEC: number = header('MSG_CMSG_CLOEXEC');
export const MSG_DONTWAIT: number = header('MSG_DONTWAIT');
export const MSG_OOB: number = header('MSG_OOB');
export const SCM_RIGHTS: number = header('SCM_RIGHTS');
export const SHUT_WR: number = header('SHUT_WR');
export const SOCK_CLOEXEC: number = header('SOCK_CLOEXEC');
export const SOCK_DGRAM: number = header('SOCK_DGRAM');
export const SOCK_NONBLOCK: number = header('SOCK_NONBLOCK');
export const SOCK_STREAM: number = header('SOCK_STREAM');
export const SOL_SOCKET: number = header('SOL_SOCKET');
export const SO_DOMAIN: number = header('SO_DOMAIN');
export const SO_ERROR: number = header('SO_ERROR');
export const SO_KEEPALIVE: number = header('SO_KEEPALIVE');
export const SO_LINGER: number = header('SO_LINGER');
export const SO_PROTOCOL: number = header('SO_PROTOCOL');
export const SO_REUSEADDR: number = header('SO_REUSEADDR');
export const SO_REUSEPORT: number = header('SO_REUSEPORT');
export const SO_TYPE: number = header('SO_TYPE');
export const TCP_NODELAY: number = header('TCP_NODELAY');
