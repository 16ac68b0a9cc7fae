/** epoll through koffi. */
export { epoll as calls } from '../foreign/koffi.js';
