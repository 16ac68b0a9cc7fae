/** `ExitNow`: the exception that leaves a loop. */

/**
 * A handler throws it to leave `loop`, which rethrows it. Every other error of a handler is passed to
 * the channel's `handleError`.
 *
 * Mirrors `asyncore.ExitNow`.
 * @platform POSIX
 */
export class ExitNow extends Error {
  static {
    ExitNow.prototype.name = 'ExitNow';
  }
}
