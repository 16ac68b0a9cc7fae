/** Small C programs of the lessons: they show memory of calls that JavaScript does not see. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileOf } from './lesson.js';

const seen = new Map<string, Map<string, number>>();

/** The number that a lesson's C program prints under this name; it runs once. */
export function seenInC(folder: string, file: string, name: string): number {
  const path = fileOf({ folder }, file);
  const answers = seen.get(path) ?? run(path);
  seen.set(path, answers);
  const answer = answers.get(name);
  if (answer === undefined) throw new Error(`${file} prints no ${name}`);
  return answer;
}

function run(source: string): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-learn-'));
  try {
    const program = join(folder, 'program');
    execFileSync('cc', ['-D_GNU_SOURCE', '-o', program, source]);
    const lines = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
    return new Map(
      lines.map((line) => {
        const [name = '', value] = line.split(' ');
        return [name, Number(value)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
