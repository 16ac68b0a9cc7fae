/** Proves claims: those of each lesson in a separate process, which is killed if a proof hangs. */
import { fork } from 'node:child_process';
import { release, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { LEARN } from '../place.js';
import type { Claim } from './claim.js';
import { claimsOf, type Lesson } from './lesson.js';
import type { Held } from './progress.js';

/** A proof takes at most a second on an idle machine. */
const LIMIT_MS = 30_000;

/** The result for one claim. */
export interface Outcome {
  readonly id: string;
  readonly result: 'held' | 'false' | 'skipped';
  /** Why it is false, or why it was skipped. */
  readonly why?: string;
}

/** This machine, for the badge of a claim. */
export function here(): Held {
  const runtime = `node ${process.versions.node}`;
  return { os: `${type()} ${release()}`, runtime, on: new Date().toISOString().slice(0, 10) };
}

/**
 * Proves claims of one lesson, one after the other.
 *
 * @param ids - the claims; default: all of the lesson
 */
export async function* prove(
  lesson: Lesson,
  ids?: readonly string[],
): AsyncGenerator<[Claim, Outcome]> {
  const claims = await claimsOf(lesson);
  let left = claims.filter(({ id }) => ids === undefined || ids.includes(id));
  while (left.length > 0) {
    const child = run(lesson, left);
    for await (const outcome of child) {
      const [claim] = left;
      if (claim === undefined) break;
      left = left.slice(1);
      yield [claim, outcome];
    }
  }
}

/** The outcomes, in order, until all claims are done or one of them has ended the process. */
async function* run(lesson: Lesson, claims: readonly Claim[]): AsyncGenerator<Outcome> {
  const ids = claims.map(({ id }) => id);
  const main = fileURLToPath(new URL('course/prove-child.js', LEARN));
  // A child: proofs change its signals, limits and open files. It gets no options of Node.
  const child = fork(main, [lesson.folder, ...ids], { execArgv: [] });
  const messages: (Outcome | null)[] = [];
  let wake = () => {};
  const put = (outcome: Outcome | null) => {
    messages.push(outcome);
    wake();
  };
  child.on('message', (outcome) => put(outcome as Outcome));
  child.on('close', () => put(null));
  try {
    for (const id of ids) {
      const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      clearTimeout(timer);
      const outcome = messages.shift();
      if (outcome == null) {
        yield { id, result: 'false', why: `its process ended first: ${howEnded(child)}` };
        return;
      }
      yield outcome;
    }
  } finally {
    child.kill('SIGKILL');
  }
}

function howEnded({
  exitCode,
  signalCode,
}: {
  exitCode: number | null;
  signalCode: string | null;
}) {
  if (signalCode === 'SIGKILL') return `it took longer than ${LIMIT_MS / 1000} s`;
  return signalCode ?? `exit code ${exitCode}`;
}
