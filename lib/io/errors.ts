/** Errors of reading and writing, and what a call that fails in the middle has done before. */
import { OSError } from '../values/index.js';

/**
 * There is no line any more. Python's `EOFError`.
 */
export class EOFError extends Error {
  readonly code = 'ERR_EOF';

  static {
    EOFError.prototype.name = 'EOFError';
  }

  constructor() {
    super('EOF when reading a line');
  }
}

/** What a call has read or written before it has failed. */
export type Progress = { partial: Buffer } | { bytesWritten: number };

/**
 * The reasons of signals that were given a progress: one signal may end several calls, and each has
 * its own.
 */
const used = new WeakSet<Error>();

/**
 * The error of a call, with what the call had done before. An OSError and the reason of an aborted
 * signal get it as a property; a reason that has one already, or is no Error, becomes the cause of an
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
