/// <reference types="node" preserve="true" />
/** The checks of arguments, and the errors. Mostly internal; `fdselect` exports the public names. */
export * from './bytes.js';
export * from './errors.js';
export * from './fileno.js';
export * from './integer.js';
export * from './options.js';
export * from './path.js';
export * from './show.js';
export * from './timeout.js';
