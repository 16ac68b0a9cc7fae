/** The handlers of a connection, which the program provides. */

/**
 * The handlers of a connection. Each is called in the loop, never within a method of the connection.
 * An error of a handler is passed to the loop's `onError`, with the handler's name.
 */
export interface ConnectionHandlers {
  /**
   * Called with received `bytes`, at least one; they may be kept, unless the connection has
   * `reusesInput`.
   */
  data(bytes: Buffer): void;
  /**
   * Called with a `byte` of out-of-band data (`MSG_OOB`), which may arrive before data that was sent
   * earlier. Without this handler such bytes are lost.
   */
  urgent?(byte: Buffer): void;
  /**
   * Called at the peer's end of file. Bytes that are written here are still sent; then the connection
   * ends, unless `allowHalfOpen` is true.
   */
  eof?(): void;
  /** Called once after `write` has returned false one or more times, when there is room again. */
  drain?(): void;
  /**
   * Called when bytes that the kernel did not take at once have been sent; after `end`, the end of file
   * follows. Not called if all was sent at once: then `pending` is 0 after the `write`.
   */
  flushed?(): void;
  /**
   * Called once at the end: with null if both sides have ended the connection, otherwise with the `error`,
   * such as an OSError `ECONNRESET`.
   */
  lost(error: Error | null): void;
  /** Called once when the socket is closed: at once after `lost`, or later as described at `close`. */
  closed?(): void;
}
