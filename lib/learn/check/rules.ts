/** Rules over a recording: what a program does wrong, with the steps that prove it. */
import { answeredFds } from '../replay/facts.js';
import type { ExitRecord, Recording } from '../replay/format.js';
import type { State } from '../replay/model.js';
import { states } from '../replay/state.js';
import { isWait, type Step, stepsOf } from '../replay/steps.js';
import { Blocks } from './blocks.js';
import { Busy } from './busy.js';
import { Closed } from './closed.js';
import { Drained } from './drained.js';
import { Fair } from './fair.js';
import type { Answer, Batch, Finding, Rule } from './finding.js';
import { Frugal } from './frugal.js';
import { Leaks } from './leaks.js';
import { Partial } from './partial.js';
import { Sleeps } from './sleeps.js';

export type { Finding, RuleName } from './finding.js';

/** The rules, in the order in which they are reported: what is left open at the end comes last. */
const rules: readonly (new () => Rule)[] = [
  ...[Sleeps, Busy, Drained, Partial, Fair],
  ...[Closed, Frugal, Blocks, Leaks],
];

/**
 * What a recording shows of faults; empty where none is found. The rules would rather miss a fault
 * than report one that is not there.
 */
export function examine(recording: Recording): Finding[] {
  const steps = stepsOf(recording);
  const made = rules.map((Rule) => new Rule());
  const batches = new Map<number, Batch>();
  let state: State | undefined;
  for (state of states(recording)) {
    const step = steps[state.step - 1];
    if (step === undefined || step.record.k !== 'call') continue;
    const { record } = step;
    const moment = {
      ...{ n: state.step, step, record, state, file: fileOf(state, step) },
      answers: isWait(record) && step.phase !== 'enter' ? answersOf(state, step) : [],
      batch: batches.get(record.th),
      isAsync: step.before.some(({ k }) => k === 'async'),
    };
    for (const rule of made) rule.see(moment);
    if (moment.answers.length > 0) {
      batches.set(record.th, { n: state.step, record, answers: moment.answers });
    }
  }
  const exit = recording.records.find((one): one is ExitRecord => one.k === 'exit');
  const ending = exit && { code: exit.code, error: exit.error };
  return made.flatMap((rule) => rule.findings(state as State, ending));
}

/** The file that the call was about, also after it was closed. */
function fileOf(state: State, { record }: Step): string | undefined {
  if (record.k !== 'call' || record.fd === undefined) return undefined;
  const given = record.file;
  if (given !== undefined) return state.aliases[given] ?? given;
  return state.fds[record.fd];
}

function answersOf(state: State, { record }: Step): Answer[] {
  if (record.k !== 'call') return [];
  const set = record.epfd === undefined ? undefined : state.sets[state.fds[record.epfd] ?? ''];
  return answeredFds(record).map(([fd, events]) => {
    // Two entries may have one number: the older one belongs to a file that was closed under it.
    const entry = set?.interest.find((one) => one.fd === fd);
    return { fd, events, file: entry?.file ?? state.fds[fd], entry: entry && { ...entry } };
  });
}
