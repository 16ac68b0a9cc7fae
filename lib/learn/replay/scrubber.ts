/** The scrubber of a replay: where on its length each stop is. */
import { stepsOf } from './steps.js';
import { stepAt, type Timeline } from './timeline.js';

/** Above this, not each beat has a part of its own. */
export const MAX_BEATS = 1000;
/** Above this, the scrubber is the time of the recording, and shows how dense its steps are. */
export const MAX_STEPS = 5000;

const cache = new WeakMap<Timeline, Float64Array>();

/** Whether the scrubber stands for time: it has a density then. */
export function isTime({ stops }: Timeline): boolean {
  return stops.length > MAX_STEPS;
}

/** The position of each stop, from 0 to 1; never less than that of the stop before. */
export function positionsOf(timeline: Timeline): Float64Array {
  const known = cache.get(timeline);
  if (known !== undefined) return known;
  const { stops, beats } = timeline;
  const all = isTime(timeline)
    ? byTime(timeline)
    : beats.length > MAX_BEATS
      ? Float64Array.from(stops, (_, place) => place / Math.max(stops.length - 1, 1))
      : byBeat(timeline);
  cache.set(timeline, all);
  return all;
}

/** Each beat has the same part, as its button has. */
function byBeat({ stops, beats }: Timeline): Float64Array {
  const places = new Map(beats.map(({ beat }, n) => [beat, n]));
  const most = new Map<number, number>();
  for (const { beat, i } of stops) most.set(beat, Math.max(most.get(beat) ?? 1, i));
  return Float64Array.from(stops, ({ beat, i }) => {
    return ((places.get(beat) ?? 0) + i / (most.get(beat) ?? 1)) / Math.max(beats.length, 1);
  });
}

function byTime({ stops, columns }: Timeline): Float64Array {
  const times = new Float64Array(stops.length);
  for (const column of columns) {
    const steps = stepsOf(column.recording);
    const begin = steps[0]?.t ?? 0;
    for (const [place, stop] of stops.entries()) {
      const passed = (steps[stepAt(column, stop) - 1]?.t ?? begin) - begin;
      times[place] = Math.max(times[place] as number, passed);
    }
  }
  const all = Math.max(times.at(-1) ?? 0, 1);
  return times.map((time) => time / all);
}

/** The stop that is nearest to a position. */
export function placeAt(timeline: Timeline, position: number): number {
  const all = positionsOf(timeline);
  let [low, high] = [0, all.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle] as number) < position) low = middle + 1;
    else high = middle;
  }
  const before = Math.max(low - 1, 0);
  return position - (all[before] as number) < (all[low] as number) - position ? before : low;
}

/** How many steps there are in each of so many equal parts of the time. */
export function densityOf(timeline: Timeline, parts: number): number[] {
  const counts = new Array<number>(parts).fill(0);
  for (const position of positionsOf(timeline).subarray(1)) {
    const part = Math.min(Math.floor(position * parts), parts - 1);
    counts[part] = (counts[part] as number) + 1;
  }
  return counts;
}

/** The counts as heights from 0 to 1. Logarithmic: one step can be seen beside a thousand. */
export function heightsOf(counts: readonly number[]): number[] {
  const most = Math.log(1 + Math.max(...counts, 1));
  return counts.map((count) => Math.log(1 + count) / most);
}
