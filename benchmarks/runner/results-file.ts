/** The results file of a run; it is written after each scenario. */
import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { fromBenchmarks } from './paths.js';
import type { Results } from './results.js';

export const DEFAULT_FILE = fromBenchmarks('results/latest.json');

export class ResultsFile {
  readonly path: string;
  readonly #isNew: boolean;
  #saved: Results | null = null;

  /** @throws Error if the file cannot be written; checked before the run, which may take hours */
  constructor(path: string) {
    // Only this folder is created; another one may be a typing error.
    mkdirSync(fromBenchmarks('results'), { recursive: true });
    this.path = path;
    this.#isNew = !existsSync(path);
    closeSync(openSync(path, 'a')); // the old results stay until there are new ones
  }

  save(results: Results): void {
    writeFileSync(this.path, `${JSON.stringify(results)}\n`);
    this.#saved = results;
  }

  /** Call it when the run is interrupted. @returns a sentence about what was saved */
  abandon(): string {
    if (this.#saved === null) {
      if (this.#isNew) rmSync(this.path);
      return 'nothing was saved';
    }
    const names = this.#saved.scenarios.map(({ name }) => name).join(', ');
    return `${this.path} has what was measured: ${names || 'nothing'}`;
  }
}
