/** Where the player stands in a story, and what its keys change. */
import { SPEEDS, type Speed } from '../replay/pace.js';
import { type Prediction, predictionBefore, type Question } from '../replay/predictions.js';
import {
  type Column,
  placeOf,
  placeOfBeat,
  type Stop,
  stepAt,
  stepsIn,
  type Timeline,
} from '../replay/timeline.js';
import type { PlayedWhatIf, Story } from './story.js';

/** From so many characters on, columns stand side by side; in a narrower terminal one is shown. */
export const WIDE = 120;

/** The position of a player. It is one for all columns. */
export interface View {
  readonly story: Story;
  /** Which of the what-ifs. */
  whatIf: number;
  /** The names of the columns that are shown; the first is the one in a narrow terminal. */
  shown: readonly string[];
  /** Which of the timeline's stops. */
  place: number;
  isPlaying: boolean;
  speed: Speed;
  mode: 'picture' | 'text' | 'code' | 'help';
  /** Whether predictions are asked. */
  predicts: boolean;
  question: Question | null;
  readonly asked: Set<Prediction>;
}

export function viewOf(story: Story): View {
  const view: View = {
    ...{ story, whatIf: 0, shown: story.shown, place: 0, isPlaying: false, speed: 'step' },
    ...{ mode: 'picture', predicts: true, question: null, asked: new Set() },
  };
  home(view);
  return view;
}

export const whatIfOf = ({ story, whatIf }: View) => story.whatIfs[whatIf] as PlayedWhatIf;
export const timelineAt = (view: View): Timeline => whatIfOf(view).timeline();
export const stopOf = (view: View) => timelineAt(view).stops[view.place] as Stop;

/** The columns that are shown in a terminal of so many characters. */
export function columnsOf(view: View, width: number): Column[] {
  const { columns } = timelineAt(view);
  const shown = columns.filter(({ name }) => view.shown.includes(name));
  if (shown.length > 0 && width >= WIDE) return shown;
  return [columns.find(({ name }) => name === view.shown[0]) ?? (columns[0] as Column)];
}

/** The step of a column, from 0; a column that has finished the beat stays at its last one. */
export function indexIn(column: Column, view: View): number {
  return Math.max(stepAt(column, stopOf(view)) - 1, 0);
}

/** How many steps fewer a column has in this beat than what is shown of the others. */
export function stepsAhead(column: Column, view: View): number {
  const { beat, i } = stopOf(view);
  return Math.max(i - stepsIn(column, beat), 0);
}

function go(view: View, place: number): void {
  const last = timelineAt(view).stops.length - 1;
  view.question = null;
  // At the first stop nothing has happened: there is nothing to draw.
  view.place = Math.min(Math.max(place, Math.min(1, last)), last);
}

/** Goes on, or asks first what will be. Returns false at the end. */
function forwardTo(view: View, place: number): boolean {
  const { stops } = timelineAt(view);
  if (place >= stops.length) return false;
  const { story, asked, predicts, question } = view;
  const prediction =
    predicts && question === null && view.mode === 'picture'
      ? predictionBefore(stops[place], story.predictions, whatIfOf(view).name, asked)
      : undefined;
  if (prediction === undefined) go(view, place);
  else {
    asked.add(prediction);
    Object.assign(view, { question: { prediction, choice: null }, isPlaying: false });
  }
  return true;
}

/** One step on; false at the end. */
export function forward(view: View): boolean {
  return forwardTo(view, view.place + 1);
}

function back(view: View): void {
  go(view, view.place - 1);
}

function beatForward(view: View): void {
  forwardTo(view, placeOfBeat(timelineAt(view), view.place, 1));
}

function beatBack(view: View): void {
  go(view, placeOfBeat(timelineAt(view), view.place, -1));
}

function home(view: View): void {
  go(view, 0);
}

function toEnd(view: View): void {
  go(view, Number.POSITIVE_INFINITY);
}

/** Shows another what-if, at the same beat. */
function nextWhatIf(view: View): void {
  const stop = stopOf(view);
  view.whatIf = (view.whatIf + 1) % view.story.whatIfs.length;
  go(view, placeOf(timelineAt(view), stop));
}

function nextSpeed(view: View): void {
  view.speed = SPEEDS[(SPEEDS.indexOf(view.speed) + 1) % SPEEDS.length] as Speed;
}

/** Chooses an answer, or shows or hides a column; the last one stays. */
function digit(view: View, n: number, width: number): void {
  const { question } = view;
  if (question !== null) {
    if (n < question.prediction.choices.length) question.choice = n;
    return;
  }
  const { columns } = timelineAt(view);
  const name = columns[n]?.name;
  if (name === undefined) return;
  const others = view.shown.filter((one) => one !== name);
  if (width < WIDE) view.shown = [name, ...others];
  else if (!view.shown.includes(name)) {
    view.shown = columns
      .map((column) => column.name)
      .filter((one) => one === name || others.includes(one));
  } else if (others.length > 0) view.shown = others;
}

const MOVES: Record<string, (view: View) => unknown> = {
  ...{ right: forward, left: back, 'shift-right': beatForward, 'shift-left': beatBack },
  ...{ home, end: toEnd, enter: forward, n: beatForward, b: beatBack, l: forward, h: back },
};
const SWITCHES: Record<string, (view: View) => unknown> = {
  w: nextWhatIf,
  s: nextSpeed,
  space: (view) => {
    view.isPlaying = !view.isPlaying;
  },
  p: (view) => Object.assign(view, { predicts: !view.predicts, question: null }),
};
const MODES: Record<string, View['mode']> = { t: 'text', c: 'code', '?': 'help' };

/**
 * Presses a key. Returns false if the player is to end.
 *
 * @param width - of the terminal, in characters
 */
export function press(view: View, key: string, width: number = WIDE): boolean {
  const mode = MODES[key];
  if (key === 'q') return false;
  if (key === 'escape') {
    if (view.question !== null) view.question = null;
    else if (view.mode === 'picture') return false;
    else view.mode = 'picture';
  } else if (MOVES[key] !== undefined) {
    view.isPlaying = false;
    MOVES[key](view);
  } else if (SWITCHES[key] !== undefined) SWITCHES[key](view);
  else if (mode !== undefined) view.mode = view.mode === mode ? 'picture' : mode;
  else if (/^[1-9]$/.test(key)) digit(view, Number(key) - 1, width);
  return true;
}
