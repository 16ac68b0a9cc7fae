/** The numbers of the stream policy: how much is buffered, accepted and waited for. */

/** Connections that the kernel queues until they are accepted; Linux cuts it to its somaxconn. */
export const BACKLOG = 4096;

/** Bytes; what one `recv` takes at most, so that one busy peer does not keep the others waiting. */
export const RECEIVE_SIZE = 65536;

/** Bytes; what one turn sends to one peer at most, for the same reason. */
export const SEND_SIZE = 131072;

/** Bytes; while this many are unsent, nothing more is read from the peer (backpressure). */
export const HIGH_WATER = 65536;

/** Bytes; a peer for which more than this is unsent does not read, and is dropped. */
export const MAX_UNSENT = 1048576;

/** Connections; what one turn accepts at most. */
export const MAX_ACCEPTS = 64;

/** Seconds; how long a listener that finds no free fd is not watched, unless an fd is freed. */
export const REST_SECONDS = 1;

/** Seconds; how long a peer has to close its end, once ours is closed. */
export const FAREWELL_SECONDS = 2;

/** Bytes; the longest line, without what ends it. */
export const MAX_LINE = 16384;
