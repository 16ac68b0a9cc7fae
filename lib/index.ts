/** `fdselect`: Python's `select` module. */
export * from './constants.js';
export { KeyError, OSError, OSError as error } from './errors.js';
export { type FileDescriptorLike, fileno } from './fileno.js';
export { Poll, poll } from './poll.js';
export { select } from './select.js';
