/** Checks and errors for what users hand in. Most of it is internal; `fdselect` exports what is public. */
export * from './bytes.js';
export * from './errors.js';
export * from './fileno.js';
export * from './integer.js';
export * from './path.js';
export * from './show.js';
export * from './timeout.js';
