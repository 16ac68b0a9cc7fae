/** The file that the results of a run go to, again and again while it goes on. */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { fromBenchmarks } from './paths.js';
import type { Results } from './results.js';

export const DEFAULT_FILE = fromBenchmarks('results/latest.json');

export class ResultsFile {
  readonly path: string;
  readonly #isNew: boolean;
  #saved: Results | null = null;

  /** @throws Error if it cannot be written: better now than after hours of measuring */
  constructor(path: string) {
    // The one folder that is made: of any other it is not clear that it is meant.
    mkdirSync(fromBenchmarks('results'), { recursive: true });
    this.path = path;
    this.#isNew = !existsSync(path);
    closeSync(openSync(path, 'a')); // what it holds stays there until there is something better
  }

  save(results: Results): void {
    writeFileSync(this.path, `${JSON.stringify(results)}\n`);
    this.#saved = results;
  }

  /** To be called when the run ends before its time. @returns what has become of it */
  abandon(): string {
    if (this.#saved === null) {
      if (this.#isNew) rmSync(this.path);
      return 'nothing was saved';
    }
    const names = this.#saved.scenarios.map(({ name }) => name).join(', ');
    return `${this.path} has what was measured: ${names || 'nothing'}`;
  }
}
