/** A claim: one sentence about the kernel and the function that proves it. */

/** The systems on which a claim holds. `proc`: needs Linux's `/proc`. */
export type Needs = 'linux' | 'proc';

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
  if (needs === undefined || process.platform === 'linux') return null;
  return needs === 'proc' ? 'needs /proc of Linux' : 'Linux only';
}
