/** How the columns of a replay are aligned: by beat, each with its own number of steps. */
import type { Recording } from './format.js';
import { beatsOf, stepsOf } from './steps.js';

/** A recording, cut into beats. */
export interface Column {
  name: string;
  recording: Recording;
  /** Of each beat the first step and the one behind the last, by the beat's number. */
  beats: Map<number, { from: number; to: number }>;
}

interface NamedBeat {
  beat: number;
  say: string;
}

/** A moment at which a replay stops: so many steps of a beat have happened in each column. */
export interface Stop {
  beat: number;
  /** From 1; 0 only in the first stop, where nothing has happened. */
  i: number;
}

export interface Timeline {
  columns: Column[];
  beats: NamedBeat[];
  stops: Stop[];
}

/** What comes before the first beat. */
const START = 0;

export function columnOf(name: string, recording: Recording): Column {
  const marks = beatsOf(recording);
  const end = stepsOf(recording).length;
  const beats: Column['beats'] = new Map();
  const first = marks[0];
  if (first === undefined || first.step > 0) beats.set(START, { from: 0, to: first?.step ?? end });
  for (const [i, { beat, step }] of marks.entries()) {
    beats.set(beat, { from: beats.get(beat)?.from ?? step, to: marks[i + 1]?.step ?? end });
  }
  return { name, recording, beats };
}

export function timelineOf(columns: Column[]): Timeline {
  const says = new Map<number, string>();
  for (const { recording, beats } of columns) {
    if (beats.has(START)) says.set(START, 'the beginning');
    for (const { beat, say } of beatsOf(recording)) says.set(beat, say);
  }
  const beats = [...says]
    .map(([beat, say]) => ({ beat, say }))
    .sort((a, b) => a.beat - b.beat)
    .filter(({ beat }) => mostSteps(columns, beat) > 0);
  const stops = beats.flatMap(({ beat }) =>
    Array.from({ length: mostSteps(columns, beat) }, (_, n) => ({ beat, i: n + 1 })),
  );
  return { columns, beats, stops: [{ beat: beats[0]?.beat ?? START, i: 0 }, ...stops] };
}

/**
 * Where a replay opens: a scenario when all is set up, as its story begins there; a recording without
 * marks at its start.
 */
export function openingOf(columns: readonly Column[]): Stop {
  const hasMarks = columns.some(({ recording }) => recording.records.some(({ k }) => k === 'mark'));
  return { beat: START, i: hasMarks ? Number.POSITIVE_INFINITY : 0 };
}

function mostSteps(columns: readonly Column[], beat: number): number {
  return Math.max(0, ...columns.map((column) => stepsIn(column, beat)));
}

/** How many steps a column has in a beat. */
export function stepsIn({ beats }: Column, beat: number): number {
  const { from, to } = beats.get(beat) ?? { from: 0, to: 0 };
  return to - from;
}

/** How many steps of a column have happened at a stop. */
export function stepAt({ beats }: Column, { beat, i }: Stop): number {
  const own = beats.get(beat);
  if (own !== undefined) return Math.min(own.from + i, own.to);
  // It has no such beat: it stands where its last beat before this one has ended.
  return Math.max(0, ...[...beats].filter(([n]) => n < beat).map(([, { to }]) => to));
}

/** The stop at which so many steps of a column have happened. */
export function stopOf({ beats }: Column, step: number): Stop {
  const [beat, { from }] = [...beats].findLast(([, own]) => own.from < step) ?? [
    START,
    { from: 0 },
  ];
  return { beat, i: step - from };
}

/** By how many steps a column is already through with the beat of a stop; 0: its step happens now. */
export function isThrough(column: Column, { beat, i }: Stop): boolean {
  return i > stepsIn(column, beat);
}

/** The place of a stop; the nearest one where there is no such stop. */
export function placeOf({ stops }: Timeline, { beat, i }: Stop): number {
  const exact = stops.findIndex((stop) => stop.beat === beat && stop.i === i);
  if (exact !== -1) return exact;
  const last = stops.findLastIndex(
    (stop) => stop.beat < beat || (stop.beat === beat && stop.i < i),
  );
  return Math.max(0, last);
}

/** The place at which the next beat (1) or the one before (-1) has its first step. */
export function placeOfBeat(timeline: Timeline, place: number, direction: 1 | -1): number {
  const { stops } = timeline;
  const isFirst = (stop: Stop) => stop.i === 1;
  if (direction === 1) {
    const next = stops.findIndex((stop, n) => n > place && isFirst(stop));
    return next === -1 ? stops.length - 1 : next;
  }
  return Math.max(
    0,
    stops.findLastIndex((stop, n) => n < place && isFirst(stop)),
  );
}
