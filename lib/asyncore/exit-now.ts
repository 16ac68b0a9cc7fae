/** The way out of a loop. */

/**
 * What a handler throws to leave `loop`, which throws it on. Everything else that a handler throws
 * goes to the channel's `handleError`.
 *
 * Mirrors `asyncore.ExitNow`.
 */
export class ExitNow extends Error {
  static {
    ExitNow.prototype.name = 'ExitNow';
  }
}
