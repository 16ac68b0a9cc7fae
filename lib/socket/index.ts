/** `fdselect/socket`: Python's `socket` module, the part that programs on select() and poll() use. */

export type { BytesLike } from '../bytes.js';
export type { Address } from './address.js';
export { formatAddress } from './address.js';
export * from './constants.js';
export {
  type ConnectionOptions,
  createConnection,
  createServer,
  type ServerOptions,
} from './create.js';
export {
  getdefaulttimeout,
  Socket,
  setdefaulttimeout,
  socket,
  socketpair,
} from './socket.js';
