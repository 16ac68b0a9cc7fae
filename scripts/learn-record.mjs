/**
 * Runs the programs of the lessons and keeps what they print, and plays the scenarios and keeps
 * their recordings: `npm run learn:record [LESSON...]`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLesson, lessons } from '../dist/learn/course/lesson.js';
import { comparable, isCalm, parse, recordScenario } from '../dist/learn/play/recordings.js';
import { recordingName, scenarios } from '../dist/learn/play/scenario.js';

const LESSONS = join(import.meta.dirname, '../lib/learn/lessons');
/** How often a scenario is played, at most, until other programs delay no call. */
const TRIES = 20;

const words = process.argv.slice(2);
const chosen = words.length > 0 ? words.map(findLesson) : lessons();
for (const lesson of chosen) {
  if (lesson.runs.length === 0) continue;
  const outputs = join(LESSONS, lesson.folder, 'outputs');
  mkdirSync(outputs, { recursive: true });
  for (const run of lesson.runs) {
    const program = join(import.meta.dirname, '../dist/learn/lessons', lesson.folder, 'program.js');
    const text = execFileSync(process.execPath, [program, run], { encoding: 'utf8' });
    writeFileSync(join(outputs, `${run}.txt`), text);
    console.log(`${lesson.folder}/outputs/${run}.txt\n${text}`);
  }
}

/** Whether the stored file differs from a new recording in times only; then it is kept. */
function isKept(path, text) {
  try {
    const old = readFileSync(path, 'utf8');
    const [now, before] = [parse(text), parse(old)];
    return (
      isCalm(old) &&
      comparable(now).join() === comparable(before).join() &&
      JSON.stringify(now.header.source) === JSON.stringify(before.header.source)
    );
  } catch {
    return false;
  }
}

function calmRecording(found, column, whatIf) {
  let text = recordScenario(found, column, whatIf);
  for (let i = 1; i < TRIES && !isCalm(text); i++) text = recordScenario(found, column, whatIf);
  return text;
}

for (const found of await scenarios()) {
  if (!chosen.some(({ folder }) => folder === found.folder)) continue;
  const recordings = join(LESSONS, found.folder, 'recordings');
  mkdirSync(recordings, { recursive: true });
  for (const { name } of found.scenario.whatIfs) {
    for (const column of found.scenario.columns) {
      const path = join(recordings, recordingName(found.scenario, column, name));
      const text = calmRecording(found, column, name);
      const isSame = isKept(path, text);
      if (!isSame) writeFileSync(path, text);
      console.log(`${path.slice(LESSONS.length + 1)}: ${isSame ? 'as before' : 'new'}`);
    }
  }
}
