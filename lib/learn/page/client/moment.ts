/** What is known of a column at a stop: its step, and the state before and after it. */
import { copied } from '../../replay/facts.js';
import type { CallRecord } from '../../replay/format.js';
import type { State } from '../../replay/state.js';
import { type Step, stepsOf } from '../../replay/steps.js';
import { type Column, isThrough, type Stop, stepAt } from '../../replay/timeline.js';
import { shownThread } from '../../replay/waiting-threads.js';
import { stateOf } from './states.js';

export interface Moment {
  column: Column;
  /** How many steps have happened. */
  count: number;
  /** The step that happens now; null before the first, and where the column waits for the others. */
  step: Step | null;
  /** Its record, where it is a call. */
  call: CallRecord | null;
  before: State;
  after: State;
  /** The thread whose latest wait is shown. */
  thread: number;
  /** Computed: the bytes that cross the boundary in this step for waits, and the files looked at. */
  crossing: { in: number; out: number; lookedAt: number };
}

export function momentOf(column: Column, stop: Stop): Moment {
  const { recording } = column;
  const count = stepAt(column, stop);
  const isNow = count > 0 && stop.i > 0 && !isThrough(column, stop);
  const step = isNow ? (stepsOf(recording)[count - 1] ?? null) : null;
  const after = stateOf(recording, count);
  const before = step === null ? after : stateOf(recording, count - 1);
  const call = step?.record.k === 'call' ? step.record : null;
  return {
    column,
    count,
    step,
    call,
    before,
    after,
    thread: shownThread(recording, count),
    crossing: crossingOf(column, step, call, before, after),
  };
}

function crossingOf(
  column: Column,
  step: Step | null,
  call: CallRecord | null,
  before: State,
  after: State,
): Moment['crossing'] {
  if (step === null || call === null) return { in: 0, out: 0, lookedAt: 0 };
  const bytes = copied(column.recording.header, call);
  return {
    in: step.phase === 'return' ? 0 : bytes.in,
    out: step.phase === 'enter' ? 0 : bytes.out,
    lookedAt: after.counters.lookedAt - before.counters.lookedAt,
  };
}
