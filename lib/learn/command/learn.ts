/** The command `fdselect learn`: lists the lessons, shows and runs them, proves and checks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, copyFileSync, existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command } from 'commander';
import { claimsOf, expand, fileOf, findLesson, type Lesson, lessons } from '../course/lesson.js';
import { readProgress, saveLesson, saveProgress } from '../course/progress.js';
import { here, type Outcome, prove } from '../course/prove.js';
import { check, exerciseOf } from '../exercises/exercise.js';
import { count } from '../replay/count.js';
import { showInPager } from './pager.js';
import { render } from './render.js';

/** The options of the command; an option that takes a value is `true` without one. */
interface LearnOptions {
  plain?: boolean;
  run?: string | true;
  prove?: string | true;
  start?: boolean;
  check?: string;
  hint?: boolean;
  solution?: boolean;
  page?: string;
  replay?: string | true;
}

/** `fdselect learn [LESSON] [options]`. Sets `process.exitCode` to 1 if a claim or a check fails. */
export function learnCommand(): Command {
  return new Command('learn')
    .description('28 lessons on waiting for file descriptors, each claim proved by a run')
    .argument('[lesson]', 'its number or name; `ready` for the readiness table; default: the list')
    .option('--plain', 'print the lesson without a pager and without colours')
    .option('--run [name]', "run the lesson's program")
    .option('--prove [claim]', "prove all claims, the lesson's, or one")
    .option('--start', 'copy the exercise into this folder')
    .option('--check <file>', 'check your answer to the exercise')
    .option('--hint', 'show one hint more')
    .option('--solution', 'show a solution, once you have checked an answer')
    .option('--page <file>', 'write a page for the browser with the recordings, of a lesson or all')
    .option('--replay [scenario]', 'play the recordings of a lesson, or of one scenario')
    .action(learn);
}

async function learn(
  word: string | undefined,
  options: LearnOptions,
  command: Command,
): Promise<void> {
  if (options.prove !== undefined) return proveAll(word, options.prove, command);
  if (options.check !== undefined) return checkFile(word, options.check, command);
  if (options.page !== undefined || options.replay !== undefined) {
    const { showScenarios } = await import('./scenarios.js');
    return showScenarios(
      word === undefined ? undefined : lessonNamed(word, command),
      options,
      command,
    );
  }
  if (word === undefined || word === 'ready') {
    const wrong = (['run', 'start', 'hint', 'solution'] as const).find((name) => options[name]);
    if (wrong !== undefined) command.error(`error: option '--${wrong}' needs a lesson`);
    if (word === undefined) return list();
    const { readinessTable } = await import('../course/ready.js');
    return print(await readinessTable());
  }
  const lesson = lessonNamed(word, command);
  if (options.run !== undefined) return runProgram(lesson, options.run, command);
  if (options.start || options.hint || options.solution) needExercise(lesson, command);
  if (options.start) return start(lesson);
  if (options.hint) return hint(lesson);
  if (options.solution) return solution(lesson, command);
  return show(lesson, options.plain === true);
}

function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

function lessonNamed(word: string, command: Command): Lesson {
  const lesson = findLesson(word);
  return lesson ?? command.error(`error: unknown lesson '${word}' (see: fdselect learn)`);
}

function needExercise(lesson: Lesson, command: Command): void {
  if (existsSync(fileOf(lesson, 'exercise.mjs'))) return;
  command.error(`error: lesson ${lesson.number} has no exercise`);
}

/** Number, title, minutes, and a tick: the exercise was solved, or the lesson was read. */
function list(): void {
  const all = lessons();
  const done = readProgress().lessons;
  const width = Math.max(...all.map(({ title }) => title.length));
  for (const { number, title, minutes, folder } of all) {
    const { passed = false, read = false } = done[folder] ?? {};
    const tick = passed ? '  ✔ solved' : read ? '  ✔ read' : '';
    print(
      `${String(number).padStart(2)}  ${title.padEnd(width)}  ${String(minutes).padStart(2)} min${tick}`,
    );
  }
}

async function show(lesson: Lesson, plain: boolean): Promise<void> {
  const isTty = process.stdout.isTTY === true;
  const { claims } = readProgress();
  const isPlain = plain || !isTty || Boolean(process.env.NO_COLOR);
  const text = render(
    `# ${lesson.number} · ${lesson.title}\n\n${facts(lesson)}\n\n` +
      (await expand(lesson, ({ id }) => (claims[id] === undefined ? '●' : '✔'))) +
      `\n${whereProved(lesson, Object.values(claims)[0] !== undefined)}`,
    { columns: process.stdout.columns ?? 80, plain: isPlain },
  );
  saveLesson(lesson.folder, (state) => {
    state.read = true;
  });
  if (!isTty || plain) return print(text);
  if (!showInPager(text)) print(text);
}

function facts({ minutes, needs, man }: Lesson): string {
  const after = needs.length > 0 ? ` · after lesson ${needs.join(', ')}` : '';
  const pages = man.length > 0 ? ` · man pages: ${man.join(', ')}` : '';
  return `${minutes} minutes${after}${pages}`;
}

function whereProved({ number }: Lesson, isAnyProved: boolean): string {
  const marks = isAnyProved ? '✔ held when it was last proved on this machine; ' : '';
  return `${marks}● can be proved on this machine: \`fdselect learn ${number} --prove\``;
}

/** Runs the program with the given argument, or with each argument that the lesson names. */
async function runProgram(lesson: Lesson, name: string | true, command: Command): Promise<void> {
  const known = [...lesson.runs, ...lesson.measures];
  if (name !== true && !known.includes(name)) {
    command.error(
      `error: lesson ${lesson.number} has no run '${name}' (it has: ${known.join(', ')})`,
    );
  }
  for (const run of name === true ? known : [name]) {
    print(`$ node ${basename(lesson.folder)}/program.js ${run}`);
    const child = spawn(process.execPath, [fileOf(lesson, 'program.js'), run], {
      stdio: 'inherit',
    });
    const [code] = await once(child, 'close');
    if (code !== 0) process.exitCode = 1;
  }
}

/** Proves a lesson's claims, one claim, or all; `word` or the option's value may name the lesson. */
async function proveAll(
  word: string | undefined,
  value: string | true,
  command: Command,
): Promise<void> {
  const chosen = word === undefined ? undefined : lessonNamed(word, command);
  const asLesson = value === true || chosen !== undefined ? undefined : findLesson(value);
  const id = value === true || asLesson !== undefined ? undefined : value;
  const from = chosen ?? asLesson;
  const counts = { held: 0, false: 0, skipped: 0 };
  const began = performance.now();
  const proved: string[] = [];
  let isKnown = id === undefined;
  for (const lesson of from === undefined ? lessons() : [from]) {
    if (id !== undefined && !(await claimsOf(lesson)).some((claim) => claim.id === id)) continue;
    isKnown = true;
    print(`${lesson.number} · ${lesson.title}`);
    for await (const [claim, outcome] of prove(lesson, id === undefined ? undefined : [id])) {
      counts[outcome.result]++;
      if (outcome.result === 'held') proved.push(claim.id);
      print(`  ${MARKS[outcome.result]} ${claim.id}: ${claim.says}`);
      if (outcome.why !== undefined) print(`      ${outcome.result}: ${outcome.why}`);
    }
  }
  if (!isKnown) command.error(`error: unknown claim '${id}' (see: fdselect learn --prove)`);
  saveProgress(({ claims }) => {
    for (const claim of proved) claims[claim] = here();
  });
  const total = counts.held + counts.false + counts.skipped;
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  print(
    `${count(total, 'claim')}: ${counts.held} held, ${counts.false} false, ${counts.skipped} skipped (${seconds} s)`,
  );
  if (counts.false > 0) process.exitCode = 1;
}

const MARKS: Record<Outcome['result'], string> = { held: '✔', false: '✘', skipped: '-' };

/** Copies the exercise into the current folder. */
function start(lesson: Lesson): void {
  const file = `${lesson.folder}.mjs`;
  if (existsSync(file)) {
    process.stderr.write(`fdselect: ./${file} is there already; it was left as it is\n`);
    process.exitCode = 1;
    return;
  }
  copyFileSync(fileOf(lesson, 'exercise.mjs'), file, constants.COPYFILE_EXCL);
  print(`./${file} is yours. Check it with: fdselect learn ${lesson.number} --check ${file}`);
}

/** Checks a student's file. Without a lesson's name, the file name tells the exercise. */
async function checkFile(word: string | undefined, file: string, command: Command): Promise<void> {
  const lesson = lessonNamed(word ?? basename(file).replace(/\.\w+$/, ''), command);
  needExercise(lesson, command);
  if (!existsSync(file)) command.error(`error: there is no file '${file}'`);
  const findings = await check(lesson, file);
  for (const { says, problem } of findings) {
    print(`${problem === null ? '✔' : '✘'} ${says}`);
    if (problem !== null) print(`    ${problem.replaceAll('\n', '\n    ')}`);
  }
  const isPassed = findings.every(({ problem }) => problem === null);
  saveLesson(lesson.folder, (state) => {
    state.checks = (state.checks ?? 0) + 1;
    if (isPassed) state.passed = true;
  });
  if (isPassed) return print('Solved.');
  print(`Read lesson ${lesson.number} again, or: fdselect learn ${lesson.number} --hint`);
  process.exitCode = 1;
}

/** Each call shows one hint more. */
async function hint(lesson: Lesson): Promise<void> {
  const { hints } = await exerciseOf(lesson);
  const shown = Math.min((readProgress().lessons[lesson.folder]?.hints ?? 0) + 1, hints.length);
  for (const [i, text] of hints.slice(0, shown).entries()) {
    print(`${i + 1} of ${hints.length}: ${text}`);
  }
  saveLesson(lesson.folder, (state) => {
    state.hints = shown;
  });
}

/** Shows the solution, but only after the student has tried. */
function solution(lesson: Lesson, command: Command): void {
  if ((readProgress().lessons[lesson.folder]?.checks ?? 0) === 0) {
    command.error(
      `error: option '--solution': check an answer of your own first (--check ${lesson.folder}.mjs)`,
    );
  }
  print(readFileSync(fileOf(lesson, 'solution.mjs'), 'utf8'));
}
