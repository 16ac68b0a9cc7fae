/** `fdselect learn`: its output, its exit codes, and wrong arguments. */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { fileOf, findLesson, type Lesson } from '../../dist/learn/course/lesson.js';
import { scenarios } from '../../dist/learn/play/scenario.js';
import { render } from '../../lib/learn/command/render.ts';
import { pipe } from '../../lib/os/index.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const SOLUTION = fileURLToPath(
  new URL('../../lib/learn/lessons/20-time/solution.mjs', import.meta.url),
);
const folder = mkdtempSync(join(tmpdir(), 'fdselect-learn-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fdselect(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, XDG_STATE_HOME: folder },
  });
  return { status, stdout, stderr };
}

const learn = (...args: string[]) => fdselect('learn', ...args);

test('a reader that has left ends the command without a stack trace', () => {
  const [r, w] = pipe();
  closeSync(r);
  const file = fileURLToPath(
    new URL('../../lib/learn/lessons/10-many-waiters/recordings/herd.epoll.jsonl', import.meta.url),
  );
  for (const args of [['learn'], ['replay', '--plain', file]]) {
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', w, 'pipe'] },
      env: { ...process.env, XDG_STATE_HOME: folder },
    });
    expect([status, stderr]).toEqual([141, '']);
  }
  closeSync(w);
});

test('lists the 28 lessons with their minutes, and what was read and solved', () => {
  const { status, stdout, stderr } = learn();
  const lines = stdout.trimEnd().split('\n');
  expect({ status, stderr, count: lines.length }).toEqual({ status: 0, stderr: '', count: 28 });
  for (const [number, line] of lines.entries()) {
    expect(line).toMatch(new RegExp(`^ ?${number}  \\S.*  +\\d+ min$`));
    expect(Number(/(\d+) min/.exec(line)?.[1])).toBeLessThanOrEqual(15);
  }
  expect(learn('27', '--plain').status).toBe(0);
  expect(learn().stdout).toMatch(/27 .* min {2}✔ read\n$/);
});

test('a lesson by number and by name is the same text, each word of the directives replaced', () => {
  const byNumber = learn('9', '--plain');
  expect(byNumber.stdout).toContain('9 · Level');
  expect(byNumber.stdout).not.toContain('{{');
  expect(learn('level-edge', '--plain')).toEqual(byNumber);
});

test('a lesson names the command that plays each of its recordings', async () => {
  for (const { scenario } of await scenarios()) {
    for (const number of scenario.lessons) {
      const text = readFileSync(fileOf(findLesson(`${number}`) as Lesson, 'lesson.md'), 'utf8');
      expect(text).toMatch(new RegExp(`^\\{\\{replay ${scenario.name}( .*)?\\}\\}$`, 'm'));
    }
  }
  const { stdout } = learn('8', '--plain');
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    '▶ Watch it (column epoll): `fdselect learn 8 --replay five-clients`; in the browser: `--page FILE`',
  );
});

test('a lesson without recordings names the command that records its program', () => {
  const { stdout } = learn('0', '--plain');
  const [, command = ''] = /▶ Record it, .*\s+\$ fdselect (record .*)$/m.exec(stdout) ?? [];
  // There is no `fdselect` in the PATH here.
  const words = command.replace('-- fdselect', `-- ${process.execPath} ${CLI}`).split(' ');
  expect(fdselect(...words)).toMatchObject({ status: 0, stderr: '' });
  const recorded = fdselect('replay', 'recording.jsonl').stdout;
  expect(recorded).toMatch(/close frees number \d+; its file stays open as fd \d+\./);
});

test('an exercise: copied once, checked, the solution only after an attempt', () => {
  expect(learn('20', '--solution')).toMatchObject({ status: 2, stdout: '' });
  expect(learn('20', '--start')).toMatchObject({ status: 0, stderr: '' });
  const copy = join(folder, '20-time.mjs');
  const given = readFileSync(copy, 'utf8');
  expect(learn('20', '--start').status).toBe(1);
  expect(readFileSync(copy, 'utf8')).toBe(given);
  const failed = learn('--check', '20-time.mjs');
  expect(failed.status).toBe(1);
  expect(failed.stdout).toMatch(/✘ .*\n {4}.*\n.*learn 20 --hint/);
  expect(learn('20', '--hint').stdout.split('\n')).toHaveLength(2);
  expect(learn('20', '--hint').stdout.split('\n')).toHaveLength(3);
  expect(learn('20', '--solution').stdout).toBe(readFileSync(SOLUTION, 'utf8'));
  copyFileSync(SOLUTION, copy);
  expect(learn('20', '--check', copy)).toMatchObject({ status: 0, stderr: '' });
  expect(learn().stdout).toMatch(/^20 .* min {2}✔ solved$/m);
});

test('--prove proves the claims of a lesson, or one; the badge says that it held here', () => {
  const lesson = learn('--prove', 'outlook');
  expect(lesson).toMatchObject({ status: 0, stderr: '' });
  expect(lesson.stdout).toMatch(/2 claims: 2 held, 0 false, 0 skipped \(\d+\.\d s\)\n$/);
  expect(learn('27', '--prove', 'file-always-ready').stdout).toMatch(/\n1 claim: 1 held/);
  expect(learn('27', '--plain').stdout).toContain('✔ A regular file is always readable');
});

test('--run runs the program with a name of the lesson', () => {
  const { status, stdout } = learn('27', '--run', 'file');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^\$ node 27-outlook\/program\.js file\nselect: /);
});

test('wrong words: exit code 2, nothing on stdout, one line that names the word', () => {
  const cases: [string[], string][] = [
    [['28'], "'28'"],
    [['level-egde'], "'level-egde'"],
    [['--prove', 'no-such-claim'], "'no-such-claim'"],
    [['3', '--run', 'fixed'], "'fixed'"],
    [['3', '--chek', 'a.mjs'], "'--chek'"],
    [['3', '--check', 'none.mjs'], "'none.mjs'"],
    [['--run'], "'--run'"],
    [['--start'], "'--start'"],
    [['27', '--start'], 'lesson 27'],
    [['27', '--hint'], 'lesson 27'],
    [['27', '--check', CLI], 'lesson 27'],
    [['ready', 'too'], "'too'"],
    [['9', '10'], "'10'"],
    [['ready', '--run'], "'--run'"],
  ];
  for (const [args, word] of cases) {
    const { status, stdout, stderr } = learn(...args);
    expect([args, status, stdout]).toEqual([args, 2, '']);
    expect(stderr).toContain(word);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  }
  expect(existsSync(join(folder, '27-outlook.mjs'))).toBe(false);
});

test('progress that is damaged is put aside, and the lesson is shown all the same', () => {
  writeFileSync(join(folder, 'fdselect/learn.json'), '{"lessons":');
  const { status, stdout, stderr } = learn('27', '--plain');
  expect([status, stdout.includes('27 · Outlook')]).toEqual([0, true]);
  expect(stderr).toContain('was damaged');
  expect(existsSync(join(folder, 'fdselect/learn.json.damaged'))).toBe(true);
});

test('code that is too wide for the terminal goes on below it; plain text keeps its lines', () => {
  const text = `\`\`\`ts\n  ${'word '.repeat(8)}end\n\`\`\``;
  const lines = (plain: boolean) =>
    render(`code:\n\n${text}`, { columns: 30, plain }).trimEnd().split('\n').slice(2);
  expect(lines(true)).toEqual([`      ${'word '.repeat(8)}end`]);
  expect(lines(false)).toEqual(['      word word word word word', '          word word word end']);
});
