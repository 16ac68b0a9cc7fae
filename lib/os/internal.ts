/** What other floors use of `os`, without its constants and the calls that only users need. */
export { close, dup, getBlocking, read, setBlocking, write } from './fd.js';
