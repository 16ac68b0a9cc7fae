/** A claim: one sentence about the kernel and the function that proves it. */
import { spawnSync } from 'node:child_process';

/** What a claim needs. `proc`: Linux's `/proc`; `cc`: a C compiler. */
export type Needs = 'linux' | 'proc' | 'cc' | 'cc-linux';

/** A sentence of a lesson, with its proof. */
export interface Claim {
  /** How the lesson and `fdselect learn --prove` name it; unique over all lessons. */
  readonly id: string;
  /** The sentence, as the reader sees it. */
  readonly says: string;
  /** Asks the running kernel. Throws, or rejects, where the sentence is false. */
  readonly prove: () => void | Promise<void>;
  readonly needs: Needs | undefined;
}

/**
 * Makes a claim.
 *
 * @param id - kebab-case, unique over all lessons
 * @param says - one sentence in plain English
 * @param prove - takes at most one second, closes every fd that it opens
 * @param needs - what the claim is about where it does not hold on every POSIX system
 */
export function claim(id: string, says: string, prove: Claim['prove'], needs?: Needs): Claim {
  return { id, says, prove, needs };
}

/** Why a claim cannot be proved on this system, or null where it can. */
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
