/** What other floors may use of `native` beside its index: the format of recordings. */
export type * from './record/format.js';
export { VERSION } from './record/format.js';
