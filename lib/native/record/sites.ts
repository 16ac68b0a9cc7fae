/** Finds the line of the program that made a call. */
import { packageFolder } from './package-folder.js';

/** More frames than lie between a program and a system call of its loop; V8's default is 10. */
const DEPTH = 32;

function deepStack(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}

/** The first caller outside of this package: `file:line`. */
export function siteOf(): { site?: string } {
  const lines = deepStack().split('\n').slice(1);
  for (const line of lines) {
    const [, path, number] = /\(?(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path === undefined || path.startsWith('node:') || isLibrary(path)) continue;
    return { site: `${path.split('/').at(-1)}:${number}` };
  }
  return {};
}

/** Whether a path is in lib/ or dist/, except servers and lessons, which are programs. */
function isLibrary(path: string): boolean {
  if (!path.startsWith(`${packageFolder}/`)) return false;
  return /^\/(?:lib|dist)\/(?!servers\/|learn\/lessons\/)/.test(path.slice(packageFolder.length));
}
