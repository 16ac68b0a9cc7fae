/** Paths: this file runs from `build-benchmarks/`; sources of other languages stay in `benchmarks/`. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A file of `benchmarks/` that is not compiled by TypeScript. */
export function fromBenchmarks(path: string): string {
  return join(root, 'benchmarks', path);
}

/** A compiled file of the suite. */
export function compiled(path: string): string {
  return join(root, 'build-benchmarks', path);
}

/** A folder for what is fetched from the package registry when it is needed; ends with a slash. */
export function cacheOf(name: 'contenders' | 'runtimes'): string {
  return join(root, 'node_modules/.cache', `fdselect-${name}/`);
}
