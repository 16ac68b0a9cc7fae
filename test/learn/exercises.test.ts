/** Exercises: the given file fails, the solution passes, and each wrong idea gets an explanation. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { fileOf, lessons } from '../../dist/learn/course/lesson.js';
import { check, exerciseOf } from '../../dist/learn/exercises/exercise.js';
import { amount } from '../support/amount.ts';

/** `wrong/FOLDER/NAME.mjs`: its first line is a comment with a part of the answer. */
const wrong = fileURLToPath(new URL('wrong/', import.meta.url));
const withExercise = lessons().filter((lesson) => existsSync(fileOf(lesson, 'exercise.mjs')));

const problemOf = async (lesson: (typeof withExercise)[number], file: string) =>
  (await check(lesson, file)).find(({ problem }) => problem !== null)?.problem ?? null;

// A recording stays for the student to look at.
afterAll(() => {
  for (const name of readdirSync(tmpdir()).filter((one) => one.endsWith(`-${process.pid}.jsonl`))) {
    rmSync(join(tmpdir(), name));
  }
});

// Some checks block until their patience of 5 s is over: other lessons go on beside them.
vi.setConfig({ maxConcurrency: 3 });

/** Their checks compare times, or count what happens in one: nothing else runs beside them. */
const TIMED = /^(04-laws|05-poll|07-price|20-time|24-vocabularies)$/;
const timed = withExercise.filter(({ folder }) => TIMED.test(folder));
const others = withExercise.filter((lesson) => !timed.includes(lesson));

describe.each(timed)('$folder', exerciseTests);
describe.concurrent.each(others)('$folder', exerciseTests);

/** One after the other: a lesson has one name for its recording. */
function exerciseTests(lesson: (typeof withExercise)[number]): void {
  test.sequential('as it is given, it fails', async () => {
    expect(await problemOf(lesson, fileOf(lesson, 'exercise.mjs'))).not.toBeNull();
  });

  test.sequential('the solution passes every check', async () => {
    const findings = await check(lesson, fileOf(lesson, 'solution.mjs'));
    expect(findings.filter(({ problem }) => problem !== null)).toEqual([]);
    const { checks, rules = [] } = await exerciseOf(lesson);
    expect(findings).toHaveLength(checks.length + (rules.length > 0 ? 1 : 0));
  });

  const folder = join(wrong, lesson.folder);
  const wrongIdeas = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of wrongIdeas.slice(0, amount(1, wrongIdeas.length))) {
    test.sequential(`a wrong idea gets an explanation: ${name.replace('.mjs', '')}`, async () => {
      const file = join(folder, name);
      const [, sentence] = /^\/\/ (.*)$/m.exec(readFileSync(file, 'utf8')) ?? [];
      expect(await problemOf(lesson, file)).toContain(sentence);
    });
  }
}

test.each([
  ['process.exit(0);', 'the process ended first: exit code 0'],
  ['let a;\nlet b = (;\n', "line 2: Unexpected token ';'"],
  ['\nthrow new Error("oops");', 'oops (line 2)'],
  ['export const other = 1;', "it does not export 'sendAndEnd'"],
  ['export function sendAndEnd() {\n  null.x;\n}', "(reading 'x') (line 2)"],
])('a file that is %j is not solved, and the answer says why', async (source, says) => {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-exercise-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'answer.mjs');
  writeFileSync(file, source);
  const [lesson] = withExercise as [(typeof withExercise)[number]];
  expect(await problemOf(lesson, file)).toContain(says);
});

test('a file in a folder without the package gets the package that checks it', async () => {
  const [lesson] = withExercise;
  if (lesson === undefined) throw new Error('no lesson has an exercise');
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-exercise-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'answer.mjs');
  copyFileSync(fileOf(lesson, 'solution.mjs'), file);
  expect(readFileSync(file, 'utf8')).toContain("from 'fdselect");
  expect(await problemOf(lesson, file)).toBeNull();
});
