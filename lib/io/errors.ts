/** Errors of reading and writing, with the progress of a call that fails in the middle. */
import { OSError } from '../values/index.js';

/**
 * The input has ended: there is no further line.
 *
 * Mirrors https://docs.python.org/3/library/exceptions.html#EOFError
 * @platform POSIX
 */
export class EOFError extends Error {
  /** 'ERR_EOF'. */
  readonly code = 'ERR_EOF';

  static {
    EOFError.prototype.name = 'EOFError';
  }

  constructor() {
    super('EOF when reading a line');
  }
}

/** The bytes that a call has read, or the number that it has written, before its error. */
export type Progress = { partial: Buffer } | { bytesWritten: number };

/**
 * The signal reasons that already have a progress: one signal may end several calls, each with its
 * own progress.
 */
const used = new WeakSet<Error>();

/**
 * The error of a call, with the progress of the call. An OSError and the reason of an aborted signal
 * get it as a property; a reason that has one already, or is not an Error, becomes the cause of an
 * AbortError that has it.
 */
export function withProgress(error: unknown, progress: Progress): unknown {
  if (error instanceof OSError) return Object.assign(error, progress);
  if (error instanceof Error && !used.has(error) && Object.isExtensible(error)) {
    used.add(error);
    return Object.assign(error, progress);
  }
  const abort = new Error('The operation was aborted', { cause: error });
  return Object.assign(abort, { name: 'AbortError', code: 'ABORT_ERR' }, progress);
}
