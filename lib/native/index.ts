/** The native addon and the runtime: the lowest floor. Nothing here is public. */
export * from './builtins.js';
export * from './contract.js';
export * from './errno.js';
export { EPOLL_EVENTS, flags as eventFlags, POLL_EVENTS } from './event-names.js';
export * from './headers.js';
export { LineWriter } from './line-writer.js';
export * from './load.js';
export * from './runtime.js';
export * from './wait-memory.js';
