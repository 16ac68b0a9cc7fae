/** poll through koffi. */
export { poll as calls } from '../foreign/koffi.js';
