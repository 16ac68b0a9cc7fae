/** The sizes that the servers have in common. */

/** What one recv() takes at the most. */
export const RECEIVE_SIZE = 65536;

/** While this much is unsent, nothing more is read from the client: its own reading sets the pace. */
export const HIGH_WATER = 65536;
