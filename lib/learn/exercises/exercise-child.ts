/** The process in which a student's file is checked: `exercise-child.js FOLDER FILE`. */
import { createRequire, register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Answer, exerciseOf, type Finding } from './exercise.js';

const [folder = '', file = ''] = process.argv.slice(2);
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
    answer = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    return tell({ says: 'the file can be loaded', problem: messageOf(error) });
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

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim();
}

function tell(finding: Finding): Promise<void> {
  return new Promise((done) => process.send?.(finding, () => done()));
}
