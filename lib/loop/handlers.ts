/** What a connection tells its user. */

/**
 * The handlers of a connection. Each is called in the loop, never within a method of the connection.
 * What it throws is reported to the loop's `onError`, with the handler's name.
 */
export interface ConnectionHandlers {
  /** Bytes were received; they may be kept, unless the connection reuses its input. */
  data(bytes: Buffer): void;
  /**
   * A byte of out-of-band data was received; `MSG_OOB`. It overtakes what was sent before it.
   * Without this handler such bytes are lost.
   */
  urgent?(byte: Buffer): void;
  /**
   * The peer will send no more. What is written here is still sent; then the connection ends, unless
   * it may stay half open.
   */
  eof?(): void;
  /** After `write` has returned false, once for all of these: there is room again. */
  drain?(): void;
  /**
   * All that the kernel did not take at once has been sent; the end of file follows at once after
   * `end`. Not called where all was sent at once: `pending` is 0 after the `write` then.
   */
  flushed?(): void;
  /** The connection is over. Called exactly once: with null where both sides have ended it, else why. */
  lost(error: Error | null): void;
  /** The socket is closed. Called exactly once, after `lost`: at once, or as late as `close` says. */
  closed?(): void;
}
