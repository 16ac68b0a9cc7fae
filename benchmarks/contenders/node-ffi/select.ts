/** select through node:ffi. */
export { select as calls } from '../foreign/node.js';
