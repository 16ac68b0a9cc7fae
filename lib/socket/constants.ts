/**
 * The constants of the socket calls, from the system's headers; one that a system lacks is
 * `undefined` there.
 *
 * Mirrors https://docs.python.org/3/library/socket.html#constants
 */
import { header } from '../native/index.js';

// Address families: the first argument of socket(2).
export const AF_UNSPEC: number = header('AF_UNSPEC');
export const AF_UNIX: number = header('AF_UNIX');
export const AF_INET: number = header('AF_INET');
export const AF_INET6: number = header('AF_INET6');
export const AF_NETLINK: number = header('AF_NETLINK');
export const AF_PACKET: number = header('AF_PACKET');
export const AF_VSOCK: number = header('AF_VSOCK');
export const AF_CAN: number = header('AF_CAN');

// Socket types; SOCK_NONBLOCK and SOCK_CLOEXEC are flags that may be added to one.
export const SOCK_STREAM: number = header('SOCK_STREAM');
export const SOCK_DGRAM: number = header('SOCK_DGRAM');
export const SOCK_RAW: number = header('SOCK_RAW');
export const SOCK_SEQPACKET: number = header('SOCK_SEQPACKET');
export const SOCK_NONBLOCK: number = header('SOCK_NONBLOCK');
export const SOCK_CLOEXEC: number = header('SOCK_CLOEXEC');

// Options of every socket: level SOL_SOCKET, socket(7).
export const SOL_SOCKET: number = header('SOL_SOCKET');
export const SO_REUSEADDR: number = header('SO_REUSEADDR');
export const SO_REUSEPORT: number = header('SO_REUSEPORT');
export const SO_TYPE: number = header('SO_TYPE');
export const SO_ERROR: number = header('SO_ERROR');
export const SO_DONTROUTE: number = header('SO_DONTROUTE');
export const SO_BROADCAST: number = header('SO_BROADCAST');
export const SO_SNDBUF: number = header('SO_SNDBUF');
export const SO_RCVBUF: number = header('SO_RCVBUF');
export const SO_KEEPALIVE: number = header('SO_KEEPALIVE');
export const SO_OOBINLINE: number = header('SO_OOBINLINE');
export const SO_LINGER: number = header('SO_LINGER');
export const SO_RCVLOWAT: number = header('SO_RCVLOWAT');
export const SO_SNDLOWAT: number = header('SO_SNDLOWAT');
export const SO_RCVTIMEO: number = header('SO_RCVTIMEO');
export const SO_SNDTIMEO: number = header('SO_SNDTIMEO');
export const SO_ACCEPTCONN: number = header('SO_ACCEPTCONN');
export const SO_DOMAIN: number = header('SO_DOMAIN');
export const SO_PROTOCOL: number = header('SO_PROTOCOL');
export const SO_PEERCRED: number = header('SO_PEERCRED');
export const SO_INCOMING_CPU: number = header('SO_INCOMING_CPU');
export const SO_NOSIGPIPE: number = header('SO_NOSIGPIPE');
export const SOMAXCONN: number = header('SOMAXCONN');

// Protocols, which are also the levels of their options.
export const IPPROTO_IP: number = header('IPPROTO_IP');
export const IPPROTO_ICMP: number = header('IPPROTO_ICMP');
export const IPPROTO_TCP: number = header('IPPROTO_TCP');
export const IPPROTO_UDP: number = header('IPPROTO_UDP');
export const IPPROTO_IPV6: number = header('IPPROTO_IPV6');
export const IPPROTO_ICMPV6: number = header('IPPROTO_ICMPV6');
export const IPPROTO_RAW: number = header('IPPROTO_RAW');

// Options of IPv4 and IPv6: levels IPPROTO_IP and IPPROTO_IPV6, ip(7), ipv6(7).
export const IP_TTL: number = header('IP_TTL');
export const IP_TOS: number = header('IP_TOS');
export const IPV6_V6ONLY: number = header('IPV6_V6ONLY');

// Options of TCP: level IPPROTO_TCP, tcp(7).
export const TCP_NODELAY: number = header('TCP_NODELAY');
export const TCP_MAXSEG: number = header('TCP_MAXSEG');
export const TCP_CORK: number = header('TCP_CORK');
export const TCP_KEEPIDLE: number = header('TCP_KEEPIDLE');
export const TCP_KEEPINTVL: number = header('TCP_KEEPINTVL');
export const TCP_KEEPCNT: number = header('TCP_KEEPCNT');
export const TCP_USER_TIMEOUT: number = header('TCP_USER_TIMEOUT');
export const TCP_DEFER_ACCEPT: number = header('TCP_DEFER_ACCEPT');
export const TCP_QUICKACK: number = header('TCP_QUICKACK');
export const TCP_FASTOPEN: number = header('TCP_FASTOPEN');
export const TCP_LINGER2: number = header('TCP_LINGER2');
export const TCP_SYNCNT: number = header('TCP_SYNCNT');
export const TCP_INFO: number = header('TCP_INFO');

// Flags of recv(2) and send(2).
export const MSG_OOB: number = header('MSG_OOB');
export const MSG_PEEK: number = header('MSG_PEEK');
export const MSG_DONTROUTE: number = header('MSG_DONTROUTE');
export const MSG_TRUNC: number = header('MSG_TRUNC');
export const MSG_CTRUNC: number = header('MSG_CTRUNC');
export const MSG_DONTWAIT: number = header('MSG_DONTWAIT');
export const MSG_WAITALL: number = header('MSG_WAITALL');
export const MSG_NOSIGNAL: number = header('MSG_NOSIGNAL');
export const MSG_MORE: number = header('MSG_MORE');
export const MSG_EOR: number = header('MSG_EOR');
export const MSG_ERRQUEUE: number = header('MSG_ERRQUEUE');
export const MSG_CMSG_CLOEXEC: number = header('MSG_CMSG_CLOEXEC');

// What shutdown(2) ends: receiving, sending, both.
export const SHUT_RD: number = header('SHUT_RD');
export const SHUT_WR: number = header('SHUT_WR');
export const SHUT_RDWR: number = header('SHUT_RDWR');
