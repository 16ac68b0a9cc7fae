/** epoll through node:ffi. */
export { epoll as calls } from '../foreign/node.js';
