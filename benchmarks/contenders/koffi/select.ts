/** select through koffi. */
export { select as calls } from '../foreign/koffi.js';
