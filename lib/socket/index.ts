/** `fdselect/socket`: Python's `socket` module, the part that programs on select() and poll() use. */

export {
  BufferedFile,
  type MakefileOptions,
  type Newline,
  SocketFile,
  TextFile,
} from '../io/internal.js';
export type { BytesLike } from '../values/index.js';
export type { Address, InternetAddress, PacketAddress } from './address.js';
export { formatAddress } from './address.js';
export { getdefaulttimeout, setdefaulttimeout } from './base.js';
export * from './constants.js';
export {
  type ConnectionOptions,
  createConnection,
  createServer,
  type ServerOptions,
} from './create.js';
export {
  CMSG_LEN,
  CMSG_SPACE,
  type ListenFd,
  listenFds,
  recvFds,
  sendFds,
} from './fds.js';
export type { AncillaryData, ReceivedMessage } from './message.js';
export {
  type AddressInfo,
  getaddrinfo,
  getaddrinfoAsync,
  gethostname,
  getnameinfo,
  hasDualstackIpv6,
  hasIpv6,
  ifIndextoname,
  ifNameindex,
  ifNametoindex,
} from './names.js';
export {
  htonl,
  htons,
  inetAton,
  inetNtoa,
  inetNtop,
  inetPton,
  ntohl,
  ntohs,
} from './numbers.js';
export { getfqdn, gethostbyname, getservbyname, getservbyport } from './services.js';
export { Socket, socket, socketpair } from './socket.js';
export { SocketIO } from './socket-io.js';
