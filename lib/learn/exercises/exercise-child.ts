/** The process in which a student's file is checked: `exercise-child.js FOLDER FILE`. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fileOf } from '../course/lesson.js';
import { type Answer, exerciseOf, type Finding } from './exercise.js';

const [folder = '', file = ''] = process.argv.slice(2);
const url = pathToFileURL(resolve(file)).href;
const EXPORT = /^export (?:async )?(?:function\*?|class|const|let) (\w+)/gm;
const LOADED = 'the file can be loaded';
const { checks } = await exerciseOf({ folder });

// The student's folder need not have the package: the file gets the one that checks it.
if (packageOf(resolve(file)) !== packageOf(import.meta.url)) resolveToOurs();

await checkAll();
// Even if the student's code has left something open.
process.exit(0);

/** Where `fdselect` is for a file; null where it has none. */
function packageOf(importer: string): string | null {
  try {
    return createRequire(importer).resolve('fdselect');
  } catch {
    return null;
  }
}

/** Node runs such hooks in a thread of their own, which doubles what the start of a process costs. */
function resolveToOurs(): void {
  const hooks = `export function resolve(name, context, next) {
    const isOurs = name === 'fdselect' || name.startsWith('fdselect/');
    return next(name, isOurs ? { ...context, parentURL: ${JSON.stringify(import.meta.url)} } : context);
  }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

async function checkAll(): Promise<void> {
  let answer: Answer;
  try {
    answer = await import(url);
  } catch (error) {
    return tell({ says: LOADED, problem: loadProblemOf(error) });
  }
  const missing = exported().filter((name) => !(name in answer));
  if (missing.length > 0) {
    return tell({ says: LOADED, problem: `it does not export '${missing.join("', '")}'` });
  }
  for (const { says, run } of checks) {
    try {
      await run(answer);
      await tell({ says, problem: null });
    } catch (error) {
      return tell({ says, problem: messageOf(error) });
    }
  }
}

/** What the checks need: the exports of the file as it was given that the solution has too. */
function exported(): string[] {
  const [given = [], solved = []] = ['exercise.mjs', 'solution.mjs'].map((name) =>
    [...readFileSync(fileOf({ folder }, name), 'utf8').matchAll(EXPORT)].map(([, one = '']) => one),
  );
  return given.filter((name) => solved.includes(name));
}

/** Node keeps the place of a syntax error to itself, and prints it. */
function loadProblemOf(error: unknown): string {
  if (!(error instanceof SyntaxError)) return messageOf(error);
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8' });
  const [, line] = /^.*:(\d+)$/m.exec(stderr) ?? [];
  return line === undefined ? messageOf(error) : `line ${line}: ${error.message}`;
}

/** The message, with the line of the student's file where the error is from there. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).trim();
  const frames = error.stack?.split('\n') ?? [];
  const first = frames.find((frame) => frame.includes(url) || frame.includes('/learn/')) ?? '';
  const [, line] = first.includes(url) ? (/:(\d+):\d+\)?$/.exec(first) ?? []) : [];
  return `${error.message.trim()}${line === undefined ? '' : ` (line ${line})`}`;
}

function tell(finding: Finding): Promise<void> {
  return new Promise((done) => process.send?.(finding, () => done()));
}
