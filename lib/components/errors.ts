/** The errors of boxes. */

/**
 * A message was sent to a full inbox and was not delivered. See `Component.setInboxSize`.
 *
 * Mirrors Axon's `noSpaceInBox`.
 */
export class NoSpaceInBox extends Error {
  /** 'ERR_NO_SPACE_IN_BOX'. */
  readonly code = 'ERR_NO_SPACE_IN_BOX';

  static {
    NoSpaceInBox.prototype.name = 'NoSpaceInBox';
  }
}

/**
 * A box was linked a second time.
 *
 * Mirrors Axon's `BoxAlreadyLinkedToDestination`.
 */
export class BoxAlreadyLinkedToDestination extends Error {
  /** 'ERR_BOX_ALREADY_LINKED'. */
  readonly code = 'ERR_BOX_ALREADY_LINKED';

  static {
    BoxAlreadyLinkedToDestination.prototype.name = 'BoxAlreadyLinkedToDestination';
  }
}

/** A message was taken from an empty box. Python's `IndexError`. */
export function emptyBoxError(box: string): Error {
  return Object.assign(new Error(`${box} is empty`), { code: 'ERR_BOX_EMPTY' });
}
