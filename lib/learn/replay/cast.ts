/** A recording as a terminal session: asciicast v2, each sentence at its own time. */
import type { Recording } from './format.js';
import { narrate } from './narrate.js';
import { stepsOf } from './steps.js';

/** Longer gaps, in seconds, are shortened to this; shorter ones are lengthened, to be readable. */
const LONGEST_GAP = 2;
const SHORTEST_GAP = 0.3;

/** The text of the file. */
export function castOf(recording: Recording, title: string): string {
  const header = { version: 2, width: 100, height: 30, title };
  let time = 0;
  let before = 0;
  const events = stepsOf(recording).map(({ index, t }) => {
    time += Math.min(Math.max((t - before) / 1e9, SHORTEST_GAP), LONGEST_GAP);
    before = t;
    return [Number(time.toFixed(6)), 'o', `${index + 1}  ${narrate(recording, index)}\r\n`];
  });
  return `${[header, ...events].map((line) => JSON.stringify(line)).join('\n')}\n`;
}
