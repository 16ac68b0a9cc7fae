/** The limits of a server: how much is buffered, accepted and sent per turn, and how long it waits. */

/**
 * How many connections may be in the kernel's queue before they are accepted; listen(2). Linux limits it
 * to somaxconn.
 */
export const BACKLOG = 4096;

/** Bytes; the most that one `recv` takes, so that a busy peer does not keep the others waiting. */
export const RECEIVE_SIZE = 65536;

/** Bytes; the most that one turn sends to one peer, for the same reason. */
export const SEND_SIZE = 131072;

/** Bytes; while so many are unsent, nothing is read from the peer (backpressure). */
export const HIGH_WATER = 65536;

/** Bytes; when more are unsent for a peer, it does not read them, and is dropped. */
export const MAX_UNSENT = 1048576;

/** The most connections that one turn accepts. */
export const MAX_ACCEPTS = 64;

/** Seconds during which a listener that found no free fd is not watched, unless an fd is freed. */
export const REST_SECONDS = 1;

/** Seconds that a peer has to close its end after ours was closed. */
export const FAREWELL_SECONDS = 2;

/** Bytes; the longest line, without its end. */
export const MAX_LINE = 16384;
