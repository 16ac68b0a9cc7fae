/** Scripts that run in a process of their own, by the runtime that the tests run in. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** Inside of the package, so that `import 'fdselect'` finds it. */
const FOLDER = fileURLToPath(new URL('../../build/test-scripts/', import.meta.url));

let count = 0;

/** A file with a module, which is there until the running test is over: not every runtime has `-e`. */
export function scriptFile(source: string, extension = 'mjs'): string {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${process.pid}-${count++}.${extension}`);
  writeFileSync(path, source);
  onTestFinished(() => rmSync(path));
  return path;
}
