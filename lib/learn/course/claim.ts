/** A claim: one sentence about the kernel and the function that proves it. */
import { spawnSync } from 'node:child_process';

/** The requirements of a claim. `proc`: Linux's `/proc`; `cc`: a C compiler. */
export type Needs = 'linux' | 'proc' | 'cc' | 'cc-linux';

/** A sentence of a lesson, with its proof. */
export interface Claim {
  /** Its name in the lesson and in `fdselect learn --prove`; unique over all lessons. */
  readonly id: string;
  /** The sentence, as the reader sees it. */
  readonly says: string;
  /** Tests the running kernel. Throws, or rejects, if the sentence is false. */
  readonly prove: () => void | Promise<void>;
  readonly needs: Needs | undefined;
  /** The sentence as a row of a table, where several such claims stand together. */
  readonly cells?: readonly string[];
}

/**
 * Makes a claim.
 *
 * @param id - kebab-case, unique over all lessons
 * @param says - one sentence in plain English
 * @param prove - takes at most one second, closes every fd that it opens
 * @param needs - the requirements of a claim that does not hold on every POSIX system
 */
export function claim(id: string, says: string, prove: Claim['prove'], needs?: Needs): Claim {
  return { id, says, prove, needs };
}

/** The reason why a claim cannot be proved on this system; null if it can. */
export function whySkipped({ needs }: Claim): string | null {
  if (needs === undefined) return null;
  if (needs !== 'cc' && process.platform !== 'linux') {
    return needs === 'proc' ? 'no /proc' : 'Linux only';
  }
  return needs.startsWith('cc') && !hasCompiler() ? 'no C compiler (cc)' : null;
}

function hasCompiler(): boolean {
  return spawnSync('cc', ['--version']).status === 0;
}
