/** The scrubber as a line of text: the place, and where beats begin or how dense the steps are. */
import { densityOf, heightsOf, isTime, MAX_BEATS, positionsOf } from '../replay/scrubber.js';
import type { Timeline } from '../replay/timeline.js';
import type { Look } from './look.js';

/** A line of so many characters. */
export function scrubber(timeline: Timeline, place: number, width: number, look: Look): string {
  const here = Math.round((positionsOf(timeline)[place] ?? 0) * (width - 1));
  const { levels } = look;
  if (isTime(timeline)) {
    const bars = heightsOf(densityOf(timeline, width)).map(
      (height) => levels[Math.ceil(height * (levels.length - 1))],
    );
    bars[here] = look.here;
    return bars.join('');
  }
  const count = timeline.beats.length;
  const ticks = new Set<number>();
  for (let beat = 1; beat < count && count <= MAX_BEATS; beat++) {
    ticks.add(Math.round((beat / count) * (width - 1)));
  }
  const cell = (_: unknown, x: number) => {
    if (x === here) return look.here;
    if (ticks.has(x) && count < width / 2) return look.tick;
    return x < here ? look.past : look.line;
  };
  return Array.from({ length: width }, cell).join('');
}
