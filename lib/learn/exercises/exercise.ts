/** Exercises: the student writes a file, and this checks it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { examine, type RuleName } from '../check/rules.js';
import type { Lesson } from '../course/lesson.js';
import { LEARN } from '../place.js';
import { parse } from '../replay/parse.js';

/** The exports of a student's file. */
// biome-ignore lint/suspicious/noExplicitAny: a student can write anything; the checks find out
export type Answer = Record<string, any>;

/** One requirement for the student's code. */
interface Check {
  /** The requirement, as a sentence. */
  readonly says: string;
  /** Tries it. Throws an error whose message tells the student what happened instead. */
  readonly run: (answer: Answer) => void | Promise<void>;
}

/** The export `exercise` of a lesson's `check.ts`. */
export interface Exercise {
  /** From a nudge to nearly the solution. */
  readonly hints: readonly string[];
  readonly checks: readonly Check[];
  /** Rules that the recording of the checks is held to, once they all pass. */
  readonly rules?: readonly RuleName[];
  /** How many fds the process may have; default: 64. */
  readonly fds?: number;
}

/** The result of one check. */
export interface Finding {
  readonly says: string;
  /** What happened instead; null if the check passed. */
  readonly problem: string | null;
}

const LIMIT_MS = 5000;
const MEGABYTES = 256;
const FDS = 64;

/** The exercise of a lesson. */
export async function exerciseOf(lesson: Pick<Lesson, 'folder'>): Promise<Exercise> {
  const { exercise } = await import(new URL(`lessons/${lesson.folder}/check.js`, LEARN).href);
  return exercise;
}

/** Throws a message for the student. */
export function fail(problem: string): never {
  throw new Error(problem);
}

/**
 * Checks a student's file in a process of its own, with 5 seconds for each check, 256 MB and few fds. Stops at the
 * first check that fails.
 */
export async function check(lesson: Lesson, file: string): Promise<Finding[]> {
  const main = fileURLToPath(new URL('exercises/exercise-child.js', LEARN));
  const { checks, rules = [], fds = FDS } = await exerciseOf(lesson);
  const recording = join(tmpdir(), `fdselect-${lesson.folder}-${process.pid}.jsonl`);
  rmSync(recording, { force: true });
  const script = `ulimit -n ${fds} && exec "$0" --max-old-space-size=${MEGABYTES} "$@"`;
  // What the student's code prints goes to stderr: stdout has the findings.
  const child = spawn('sh', ['-c', script, process.execPath, main, lesson.folder, file], {
    stdio: ['ignore', 2, 2, 'ipc'],
    ...(rules.length > 0 && { env: { ...process.env, FDSELECT_RECORD: recording } }),
  });
  const findings: Finding[] = [];
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  child.on('message', (finding) => {
    findings.push(finding as Finding);
    timer.refresh(); // each check has the whole time: a busy machine needs long to start threads
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const isPassed = findings.length === checks.length && findings.at(-1)?.problem === null;
  if (isPassed && rules.length > 0) findings.push(seenBy(rules, recording));
  if (findings.at(-1)?.says !== RULES_SAY) rmSync(recording, { force: true });
  const hasVerdict = isPassed || findings.some(({ problem }) => problem !== null);
  if (code === 0 && hasVerdict) return findings;
  const says = checks[findings.length]?.says ?? 'the file ends by itself';
  return [...findings, { says, problem: endedBy(code, signal) }];
}

/** Why the process has ended before its checks were done. */
function endedBy(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') {
    return `it was still not done after ${LIMIT_MS / 1000} s: a call blocks, or a loop does not end`;
  }
  const memory = signal === 'SIGABRT' ? ` (it may use ${MEGABYTES} MB of memory)` : '';
  return `the process ended first: ${signal ?? `exit code ${code}`}${memory}`;
}

const RULES_SAY = 'the recording of these checks shows nothing that is wrong';

/** What the rules find, with the step at which it shows. The recording stays only for that. */
function seenBy(rules: readonly RuleName[], recording: string): Finding {
  const found = examine(parse(readFileSync(recording, 'utf8'), recording)).find(({ rule }) =>
    rules.includes(rule),
  );
  if (found === undefined) {
    rmSync(recording, { force: true });
    return { says: RULES_SAY, problem: null };
  }
  const { rule, sentence, steps } = found;
  const where = `fdselect replay ${recording} --step ${steps.at(-1)}`;
  return { says: RULES_SAY, problem: `${rule}: ${sentence}\n${where}` };
}
