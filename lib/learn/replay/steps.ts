/** Divides a recording into steps: the moments at which a replay stops. */
import { names } from './events.js';
import { answeredFds } from './facts.js';
import type { AsleepRecord, CallRecord, CutRecord, Rec, Recording } from './format.js';

/** The calls that wait for readiness. */
const WAITS = ['select', 'poll', 'epoll_wait'];

/** Other calls that may sleep, unless a flag forbids it. */
const BLOCKING = new Set([
  ...['recv', 'recvfrom', 'recvmsg', 'read', 'readv', 'accept', 'connect', 'flock', 'wait4'],
  ...['send', 'sendto', 'sendmsg', 'write', 'writev', 'sendfile', 'splice'],
]);
const MSG_DONTWAIT = 0x40;

/** Such a call has slept if it took this many nanoseconds. */
const SLEPT = 1_000_000;

export interface Step {
  index: number;
  /** `whole`: asked and answered; a call that slept has two steps, `enter` and `return`. */
  phase: 'whole' | 'enter' | 'return';
  /** Nanoseconds since the header. */
  t: number;
  record: CallRecord | CutRecord;
  /** Records of the step that take effect before it: marks, callbacks that begin, fds seen. */
  before: Rec[];
  /** Records that take effect after it: new fds, lists read from the kernel, callbacks that end. */
  after: Rec[];
}

export interface Beat {
  beat: number;
  say: string;
  /** The index of its first step. */
  step: number;
}

export type WaitRecord = CallRecord & { call: 'select' | 'poll' | 'epoll_wait' };

export function isWait(record: Rec): record is WaitRecord {
  return record.k === 'call' && WAITS.includes(record.call);
}

/**
 * Whether the call slept. The kernel does not tell: a wait with a timeout has slept if its time ran
 * out or if it took long; any other call if it took long.
 */
export function slept(record: CallRecord): boolean {
  if (record.by === 'library' || record.timeout === 0) return false;
  if (isWait(record) && record.ret === 0) return true;
  const mayBlock = BLOCKING.has(record.call) && ((record.flags ?? 0) & MSG_DONTWAIT) === 0;
  return (isWait(record) || (mayBlock && record.errno !== 'EAGAIN')) && record.d >= SLEPT;
}

const cache = new WeakMap<Recording, Step[]>();

/** The steps of a recording, in order of time. */
export function stepsOf(recording: Recording): readonly Step[] {
  const steps = cache.get(recording) ?? cut(recording);
  cache.set(recording, steps);
  return steps;
}

function cut({ records }: Recording): Step[] {
  const steps = phases(records).sort((a, b) => a.t - b.t);
  let pending: Rec[] = [];
  const found: Step[] = [];
  for (const { t, record, phase } of steps) {
    if (record.k === 'call' || record.k === 'cut') {
      found.push({ index: found.length, phase, t, record, before: pending, after: [] });
      pending = [];
    } else if (comesBefore(record) || found.length === 0) {
      pending.push(record);
    } else {
      owner(found, record).after.push(record);
    }
  }
  found.at(-1)?.after.push(...pending);
  return found;
}

interface Phase {
  t: number;
  record: Rec;
  phase: Step['phase'];
}

function phases(records: readonly Rec[]): Phase[] {
  return records.flatMap((record): Phase[] => {
    const { t } = record;
    if (record.k !== 'call' || !slept(record)) return [{ t, record, phase: 'whole' }];
    const sleeping: Phase = { t, record, phase: 'enter' };
    return [sleeping, { t: t + record.d, record, phase: 'return' }];
  });
}

function comesBefore(record: Rec): boolean {
  if (record.k === 'fd') return record.how === 'seen';
  if (record.k === 'async') return record.what !== 'wait';
  return record.k === 'mark' || record.k === 'begin';
}

/** The step of a record: the latest of its thread, or of the thread that it is about. */
function owner(steps: Step[], record: Rec): Step {
  const th = record.k === 'asleep' ? (record as AsleepRecord).of : record.th;
  return steps.findLast((step) => step.record.th === th) ?? (steps.at(-1) as Step);
}

/**
 * The beats of a recording. One without marks has a beat for each wait that found something.
 */
export function beatsOf(recording: Recording): Beat[] {
  const steps = stepsOf(recording);
  const beats = steps.flatMap((step) =>
    step.before.flatMap((record) =>
      record.k === 'mark' ? [{ beat: record.beat, say: record.say, step: step.index }] : [],
    ),
  );
  if (beats.length > 0) return beats;
  return steps
    .filter(({ record, phase }) => phase !== 'enter' && isWait(record) && record.ret > 0)
    .map(({ record, index }, i) => {
      const { call, ret } = record as WaitRecord;
      const [first] = answeredFds(record as WaitRecord);
      const said = ret === 1 && first ? `fd ${first[0]} ${names(first[1])}` : `${ret} ready`;
      return { beat: i + 1, say: `${call}: ${said}`, step: index };
    });
}
