/**
 * The table of the addon's functions: which system call each makes, what its arguments are, and which
 * file descriptors it opens and closes.
 */
import { fileCalls } from './file-calls.js';
import { socketCalls } from './socket-calls.js';
import type { Spec } from './spec.js';

/**
 * @param unix - the value of AF_UNIX
 * @param dontWait - MSG_DONTWAIT
 */
export function specs(unix: number, dontWait: number): Record<string, Spec> {
  return { ...fileCalls, ...socketCalls(unix, dontWait) };
}
