/** poll through node:ffi. */
export { poll as calls } from '../foreign/node.js';
