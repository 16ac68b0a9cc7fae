/** The format of recordings, which the recorder writes and everything here reads. */
export type * from '../../native/internal.js';
export { VERSION } from '../../native/internal.js';
