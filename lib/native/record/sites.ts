/** Finds the line of the program that made a call, and the text of its file. */
import { packageFolder } from './package-folder.js';

const { readFileSync } = process.getBuiltinModule('node:fs');

/** More frames than lie between a program and a system call of its loop; V8's default is 10. */
const DEPTH = 32;

function deepStack(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack;
}

/** A place in the program. */
export interface Site {
  path: string;
  /** The last part of the path. */
  file: string;
  line: string;
}

/** The first caller outside of this package. */
export function siteOf(): Site | null {
  const lines = deepStack().split('\n').slice(1);
  for (const line of lines) {
    const [, path, number] = /\(?(?:file:\/\/)?([^\s()]+):(\d+):\d+\)?$/.exec(line) ?? [];
    if (path === undefined || path.startsWith('node:') || isLibrary(path)) continue;
    return { path, file: path.split('/').at(-1) as string, line: number as string };
  }
  return null;
}

/** Whether a path is in lib/ or dist/, except servers and lessons, which are programs. */
function isLibrary(path: string): boolean {
  if (!path.startsWith(`${packageFolder}/`)) return false;
  return /^\/(?:lib|dist)\/(?!servers\/|learn\/lessons\/)/.test(path.slice(packageFolder.length));
}

/** A larger file, such as a bundle, is not kept in a recording; characters. */
const MAX_SOURCE = 256 * 1024;

/** The files of the program that a thread has seen. */
export class Sources {
  readonly #seen = new Set<string>();

  /** The text of a file when it is seen for the first time; null if there is none to keep. */
  take({ path, file }: Site): string | null {
    // Two files may have the same name: the first is kept.
    if (this.#seen.has(file)) return null;
    this.#seen.add(file);
    try {
      const text = readFileSync(path, 'utf8');
      return text.length > MAX_SOURCE ? null : text;
    } catch {
      return null;
    }
  }
}
