/** Runs the programs of the lessons and keeps what they print: `npm run learn:record [LESSON...]`. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findLesson, lessons } from '../dist/learn/lesson.js';

const words = process.argv.slice(2);
for (const lesson of words.length > 0 ? words.map(findLesson) : lessons()) {
  const outputs = join(import.meta.dirname, '../lib/learn/lessons', lesson.folder, 'outputs');
  mkdirSync(outputs, { recursive: true });
  for (const run of lesson.runs) {
    const program = join(import.meta.dirname, '../dist/learn/lessons', lesson.folder, 'program.js');
    const text = execFileSync(process.execPath, [program, run], { encoding: 'utf8' });
    writeFileSync(join(outputs, `${run}.txt`), text);
    console.log(`${lesson.folder}/outputs/${run}.txt\n${text}`);
  }
}
