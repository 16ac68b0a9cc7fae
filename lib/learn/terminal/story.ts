/** What the player plays: a scenario, or the recordings of one that lie side by side in a folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { PageScenario } from '../page/data.js';
import type { Recording } from '../replay/format.js';
import { parse, RecordingError } from '../replay/parse.js';
import type { Prediction } from '../replay/predictions.js';
import { columnOf, type Timeline, timelineOf } from '../replay/timeline.js';

/** The order in which a reader compares them. */
const ORDER = ['select', 'poll', 'epoll'];
/** So many columns are shown at first. */
const MOST_SHOWN = 3;

/** A set of recordings that were made in the same way. */
export interface PlayedWhatIf {
  name: string;
  title: string;
  change?: { from: string; to: string };
  timeline(): Timeline;
}

export interface Story {
  title: string;
  whatIfs: readonly [PlayedWhatIf, ...PlayedWhatIf[]];
  /** The columns that are shown at first. */
  shown: readonly string[];
  predictions: readonly Prediction[];
  /** The program, where the recordings do not hold it. */
  source?: Record<string, string>;
}

/** A scenario; its recordings are read when they are shown. */
export function storyOf(scenario: PageScenario): Story {
  const { title, shown, predictions, source, whatIfs } = scenario;
  const played = whatIfs.map(({ columns, ...rest }): PlayedWhatIf => {
    let timeline: Timeline | undefined;
    return {
      ...rest,
      timeline: () => {
        timeline ??= timelineOf(columns.map(({ name, text }) => columnOf(name, parse(text, name))));
        return timeline;
      },
    };
  });
  const names = whatIfs[0].columns.map(({ name }) => name);
  return {
    ...{ title, predictions, whatIfs: played as unknown as Story['whatIfs'] },
    shown: shown ?? names.slice(0, MOST_SHOWN),
    ...(source && { source }),
  };
}

/** A recording, with the others of the same scenario in its folder. */
export function storyOfFile(file: string, recording: Recording): Story {
  const { scenario } = recording.header;
  const found = [recording, ...(scenario === undefined ? [] : siblingsOf(file, recording))];
  const whatIfs = new Map<string, Recording[]>();
  for (const one of found) {
    const name = whatIfOf(one);
    whatIfs.set(name, [...(whatIfs.get(name) ?? []), one]);
  }
  const played = [...whatIfs].map(([name, recordings]): PlayedWhatIf => {
    const columns = recordings
      .map((one) => columnOf(columnNameOf(one) ?? basename(file), one))
      .sort((a, b) => placeOf(a.name) - placeOf(b.name));
    const timeline = timelineOf(columns);
    return { name, title: name === '' ? 'as it is' : name, timeline: () => timeline };
  });
  const own = columnNameOf(recording) ?? basename(file);
  const names = (played[0] as PlayedWhatIf).timeline().columns.map(({ name }) => name);
  const others = names.filter((name) => name !== own).slice(0, MOST_SHOWN - 1);
  return {
    title: scenario ?? basename(file),
    whatIfs: played as unknown as Story['whatIfs'],
    shown: names.filter((name) => name === own || others.includes(name)),
    predictions: [],
  };
}

/** A variant is `COLUMN` or `COLUMN, WHAT-IF`. */
const columnNameOf = ({ header: { variant } }: Recording) => variant?.split(', ')[0];
const whatIfOf = ({ header: { variant } }: Recording) => variant?.split(', ')[1] ?? '';
const placeOf = (name: string) => ORDER.indexOf(name) + 1 || ORDER.length + 1;

/** The other recordings of the same scenario. */
function siblingsOf(file: string, { header }: Recording): Recording[] {
  const folder = dirname(file);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => recordingIn(join(folder, name)))
    .filter((other) => other !== null)
    .filter((other) => {
      const { scenario, variant } = other.header;
      return scenario === header.scenario && variant !== header.variant;
    });
}

/** Null for another scenario's file, or a damaged one: the user has not asked for this file. */
function recordingIn(path: string): Recording | null {
  try {
    return parse(readFileSync(path, 'utf8'), path);
  } catch (error) {
    if (error instanceof RecordingError || (error as NodeJS.ErrnoException).syscall) return null;
    throw error;
  }
}
