/**
 * What other floors use of `socket`: they import from here, because index.ts also has the constants and
 * functions that only users need, which take as long to load as a Socket.
 */
export { type Address, formatAddress, toEndpoint } from './address.js';
export * from './core-constants.js';
export { createConnection, createServer } from './create.js';
export { withAddress } from './errors.js';
export { BackgroundLookup } from './lookup.js';
export { Socket } from './socket.js';
