/** What the floors above may use of `socket` beyond its public names. */
export { toEndpoint } from './address.js';
export { toEncoding } from './file/encoding.js';
export { DEFAULT_BUFFER_SIZE } from './file/makefile.js';
export type { RawIO } from './file/raw.js';
