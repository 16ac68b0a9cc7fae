/** The speeds of a replay: how long it stays at a stop while it plays. */
import { stepsOf } from './steps.js';
import { type Column, type Stop, stepAt, type Timeline } from './timeline.js';

/** A step after the other, or the real time of the recording, ten times as slow or as it was. */
export const SPEEDS = ['step', '0.1x', '1x'] as const;
export type Speed = (typeof SPEEDS)[number];

/** Milliseconds for a step, where real time is not wanted. */
const STEP_MS = 1500;
/** Longer gaps are shortened to so many milliseconds. */
const LONGEST_MS = 300;
const RATES = { '0.1x': 0.1, '1x': 1 };

export interface Gap {
  /** How long the replay waits before the next stop, in milliseconds. */
  ms: number;
  /** Why this is less than it really took, such as `asleep for 42 ms`; null if it is not. */
  says: string | null;
}

/** The time between a stop and the next one: the longest of all columns. */
export function gapAfter(timeline: Timeline, place: number, speed: Speed): Gap {
  if (speed === 'step') return { ms: STEP_MS, says: null };
  const [now, next] = [timeline.stops[place], timeline.stops[place + 1]];
  if (now === undefined || next === undefined) return { ms: 0, says: null };
  const gaps = timeline.columns.map((column) => gapIn(column, now, next));
  const longest = gaps.reduce((a, b) => (b.ms > a.ms ? b : a));
  const ms = longest.ms / RATES[speed];
  if (ms <= LONGEST_MS) return { ms, says: null };
  const how = longest.isAsleep ? 'asleep for' : 'no call for';
  return { ms: LONGEST_MS, says: `${how} ${duration(longest.ms)}` };
}

function gapIn(column: Column, now: Stop, next: Stop) {
  const steps = stepsOf(column.recording);
  const [from, to] = [now, next].map((stop) => steps[stepAt(column, stop) - 1]);
  if (from === undefined || to === undefined) return { ms: 0, isAsleep: false };
  return { ms: (to.t - from.t) / 1e6, isAsleep: to.phase === 'return' };
}

/** Such as `42 ms` and `1.5 s`. */
export function duration(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}
