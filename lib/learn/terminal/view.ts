/** Where a player stands: recordings side by side, aligned by beat, and what its keys change. */
import type { Recording } from '../replay/format.js';
import { type Beat, beatsOf, stepsOf } from '../replay/steps.js';

/** One recording, cut at its beats. */
export interface Column {
  readonly name: string;
  readonly recording: Recording;
  /** The first step of each beat; before the first one there is the set-up. */
  readonly starts: readonly number[];
  readonly beats: readonly Pick<Beat, 'say'>[];
  /** How many steps there are. */
  readonly length: number;
}

/** The position of a player. It is one for all columns: a beat, and a step in it. */
export interface View {
  readonly columns: readonly Column[];
  /** Which of them are shown. */
  readonly shown: readonly boolean[];
  beat: number;
  step: number;
  isPlaying: boolean;
  mode: 'picture' | 'text' | 'code' | 'help';
}

export function columnOf(recording: Recording, name: string): Column {
  const found = beatsOf(recording);
  const isSetUp = found[0]?.step !== 0;
  const beats = isSetUp ? [{ say: 'set-up', step: 0 }, ...found] : found;
  const { length } = stepsOf(recording);
  return { name, recording, beats, starts: beats.map(({ step }) => step), length };
}

export function viewOf(columns: readonly Column[]): View {
  const position = { beat: 0, step: 0, isPlaying: false };
  return { columns, shown: columns.map(() => true), ...position, mode: 'picture' };
}

/** How many steps a column has in a beat. */
export function stepsIn({ starts, length }: Column, beat: number): number {
  const start = starts[beat];
  return start === undefined ? 0 : (starts[beat + 1] ?? length) - start;
}

/** The step of a column, from 0; a column that has finished the beat stays at its last one. */
export function indexIn(column: Column, { beat, step }: View): number {
  const last = Math.max(column.length - 1, 0);
  const start = column.starts[beat] ?? last;
  return Math.min(start + Math.min(step, Math.max(stepsIn(column, beat) - 1, 0)), last);
}

/** How many steps fewer a column has in this beat than what is shown of the others. */
export function stepsAhead(column: Column, { beat, step }: View): number {
  return Math.max(step - stepsIn(column, beat) + 1, 0);
}

const visible = ({ columns, shown }: View) => columns.filter((_, i) => shown[i]);
const beatCount = (view: View) => Math.max(...visible(view).map(({ beats }) => beats.length));
const longest = (view: View, beat: number) =>
  Math.max(...visible(view).map((column) => stepsIn(column, beat)), 1);

/** One step on; false at the end. */
export function forward(view: View): boolean {
  if (view.step + 1 < longest(view, view.beat)) {
    view.step++;
    return true;
  }
  return beatForward(view);
}

export function back(view: View): void {
  if (view.step > 0) view.step--;
  else if (view.beat > 0)
    Object.assign(view, { beat: view.beat - 1, step: longest(view, view.beat - 1) - 1 });
}

export function beatForward(view: View): boolean {
  if (view.beat + 1 >= beatCount(view)) return false;
  Object.assign(view, { beat: view.beat + 1, step: 0 });
  return true;
}

/** To the beginning of the beat, and from there to that of the one before. */
export function beatBack(view: View): void {
  Object.assign(view, { beat: view.step > 0 ? view.beat : Math.max(view.beat - 1, 0), step: 0 });
}

export function toEnd(view: View): void {
  const beat = beatCount(view) - 1;
  Object.assign(view, { beat, step: longest(view, beat) - 1 });
}

/** Shows or hides a column; the last one stays. */
export function toggle({ shown }: View, i: number): void {
  const isLast = shown.filter(Boolean).length === 1;
  if (i < shown.length && !(shown[i] && isLast)) (shown as boolean[])[i] = !shown[i];
}

/** Presses a key. Returns false if the player is to end. */
export function press(view: View, key: string): boolean {
  const moves: Record<string, (view: View) => unknown> = {
    ...{ right: forward, left: back, 'shift-right': beatForward, 'shift-left': beatBack },
    ...{ home: (one) => Object.assign(one, { beat: 0, step: 0 }), end: toEnd },
    ...{ n: beatForward, b: beatBack, l: forward, h: back },
  };
  const modes: Record<string, View['mode']> = { t: 'text', c: 'code', '?': 'help' };
  if (key === 'q') return false;
  if (key === 'escape') {
    if (view.mode === 'picture') return false;
    view.mode = 'picture';
  } else if (key === 'space') {
    view.isPlaying = !view.isPlaying;
  } else if (moves[key] !== undefined) {
    view.isPlaying = false;
    moves[key](view);
  } else if (modes[key] !== undefined) {
    view.mode = view.mode === modes[key] ? 'picture' : modes[key];
  } else if (/^[1-9]$/.test(key)) {
    toggle(view, Number(key) - 1);
  }
  return true;
}
