/**
 * A recording in the JSON trace format of Chrome, which Perfetto reads. Times are microseconds.
 *
 * https://perfetto.dev/docs/getting-started/other-formats
 */
import { causesOf } from './cause.js';
import type { CallRecord, Rec, Recording } from './format.js';
import { states } from './state.js';
import { isWait, type Step, stepsOf } from './steps.js';

/** One event: `M` a name, `X` a call, `B` and `E` a callback, `s` and `f` an arrow, `C` a counter. */
export interface TraceEvent {
  ph: 'M' | 'X' | 'B' | 'E' | 's' | 'f' | 'C' | 'i';
  name: string;
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  cat?: string;
  id?: number;
  bp?: 'e';
  s?: 't';
  args?: Record<string, unknown>;
}

export function perfettoOf(recording: Recording): {
  traceEvents: TraceEvent[];
  displayTimeUnit: 'ns';
} {
  const { header, records } = recording;
  const threads = [...new Set(records.map(({ th }) => th))].sort((a, b) => a - b);
  const { pid } = header;
  const name = (what: string, tid: number, text: string): TraceEvent => ({
    ...{ ph: 'M', name: what, pid, tid, args: { name: text } },
  });
  const timed = [
    ...records.flatMap((record) => eventOf(record, pid)),
    ...arrows(recording, pid),
    ...counters(recording, pid),
  ].sort((a, b) => (a.ts as number) - (b.ts as number));
  return {
    traceEvents: [
      name('process_name', 0, header.scenario ?? header.by),
      ...threads.map((th) => name('thread_name', th, th === 0 ? 'main' : `worker ${th}`)),
      ...timed,
    ],
    displayTimeUnit: 'ns',
  };
}

const toMicroseconds = (nanoseconds: number) => nanoseconds / 1000;

function eventOf(record: Rec, pid: number): TraceEvent[] {
  const place = { pid, tid: record.th, ts: toMicroseconds(record.t) };
  switch (record.k) {
    case 'call':
      return [
        {
          ph: 'X',
          name: record.call,
          cat: 'call',
          ...place,
          dur: toMicroseconds(record.d),
          args: { ...record },
        },
      ];
    case 'begin':
      return [{ ph: 'B', name: record.what, cat: 'callback', ...place, args: { fd: record.fd } }];
    case 'end':
      return [{ ph: 'E', name: '', cat: 'callback', ...place }];
    case 'mark':
      return [{ ph: 'i', name: record.say, s: 't', ...place, args: { beat: record.beat } }];
    default:
      return [];
  }
}

/** From the call that ended a wait to the wait. */
function arrows(recording: Recording, pid: number): TraceEvent[] {
  let id = 0;
  return stepsOf(recording).flatMap((step) =>
    causesOf(recording, step).flatMap((cause): TraceEvent[] => {
      id++;
      const common = { name: 'wakes', cat: 'cause', pid, id };
      const end = step.t - 1;
      return [
        { ph: 's', ...common, tid: cause.record.th, ts: toMicroseconds(Math.min(cause.t, end)) },
        { ph: 'f', bp: 'e', ...common, tid: step.record.th, ts: toMicroseconds(end) },
      ];
    }),
  );
}

/** How many fds are watched, bytes on their way, and waits in each second. */
function counters(recording: Recording, pid: number): TraceEvent[] {
  const steps = stepsOf(recording);
  const found: TraceEvent[] = [];
  const put = (name: string, ts: number, value: number) => {
    found.push({ ph: 'C', name, pid, tid: 0, ts, args: { value } });
  };
  let [watched, inFlight] = [-1, -1];
  for (const state of states(recording)) {
    const ts = toMicroseconds(state.t);
    const sets = Object.values(state.sets);
    const now = sets.reduce((sum, { interest }) => sum + interest.length, 0);
    const asked = Object.values(state.threads).reduce(
      (n, one) => n + (one.asked?.in?.length ?? 0),
      0,
    );
    const bytes = Object.values(state.files).reduce((sum, { inbox }) => sum + inbox.bytes, 0);
    if (now + asked !== watched) put('watched', ts, now + asked);
    if (bytes !== inFlight) put('bytes in flight', ts, bytes);
    [watched, inFlight] = [now + asked, bytes];
  }
  for (const [second, count] of waitsPerSecond(steps)) put('waits per second', second * 1e6, count);
  return found;
}

function waitsPerSecond(steps: readonly Step[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { record, phase, t } of steps) {
    if (phase === 'enter' || !isWait(record as CallRecord)) continue;
    const second = Math.floor(t / 1e9);
    counts.set(second, (counts.get(second) ?? 0) + 1);
  }
  return counts;
}
