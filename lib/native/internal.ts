/** What the floors above may use of `native` besides its index: the format of recordings. */
export type * from './record/format.js';
export { VERSION } from './record/format.js';
