/** Runs the tests of the API in other runtimes and on other binaries, and counts passed and skipped tests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';

export const root = join(import.meta.dirname, '../..');

/** Installs packages of the registry into a folder of node_modules/.cache, once. */
export function install(name, packages) {
  const folder = join(root, 'node_modules/.cache', name);
  mkdirSync(folder, { recursive: true });
  const options = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--silent'];
  // --force: a package may be for another processor or C library than this machine's.
  execFileSync('npm', [...options, '--force', ...packages], { stdio: 'inherit' });
  return folder;
}

/** All tests of the API, as paths from the root. */
export const unitTests = readdirSync(join(root, 'test/unit'), { recursive: true })
  .filter((path) => path.endsWith('.test.ts'))
  .sort()
  .map((path) => `test/unit/${path}`);

/** Vitest's own arguments for test files. */
export function vitest(files, ...options) {
  return ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', ...options, ...files];
}

/**
 * The arguments of Bun for each of the test files. Bun has a runner of its own that takes vitest's
 * imports, but runs all files in one process, where vitest has one for each; and it does not know
 * vitest.config.ts.
 */
export function bunRuns(files) {
  const preloaded = ['fd-leaks', 'turn'].map((name) => `--preload=./test/support/${name}.ts`);
  return files.map((file) => ['test', '--timeout', '20000', ...preloaded, `./${file}`]);
}

/** The last number before a word in the runner's summary. */
function count(output, word) {
  const found = [...output.matchAll(new RegExp(`(\\d+) ${word}`, 'g'))].at(-1);
  return found === undefined ? 0 : Number(found[1]);
}

/** The tests that testUnless() has skipped: title and reason. */
function* reasons(output) {
  for (const [, title, reason] of output.matchAll(/^.*(?:\(skip\)|↓) (.*) \[\w+: (.*)\]/gm)) {
    yield [title.split(' > ').at(-1), reason];
  }
}

/** Collects the results of the runs as a table, and the skipped tests. */
export class Report {
  #table = new Table({
    head: ['runtime', 'waiter', 'passed', 'failed', 'skipped'],
    style: { head: [], border: [] },
  });
  #skipped = new Set();
  hasFailed = false;

  /**
   * Runs the tests.
   *
   * @param name - of the runtime
   * @param driver - the waiter: 'uv' or 'thread'
   * @param file - the runtime's program
   * @param runs - the arguments of each run
   * @param timeout - milliseconds that each run may take
   */
  run({ name, driver, file, runs, env = {}, timeout = 600_000 }) {
    if (!existsSync(file)) throw new Error(`${name} is not at ${file}`);
    const options = { encoding: 'utf8', env: { ...process.env, ...env } };
    // Under an emulator the runner is this machine's Node, and the tests run in another one.
    const runtime = env.FDSELECT_TEST_NODE ?? file;
    const version = execFileSync(runtime, ['--version'], options).split('\n')[0];
    const counts = [0, 0, 0];
    for (const args of runs) {
      const { status, signal, stdout, stderr } = spawnSync(file, args, {
        cwd: root,
        env: {
          ...process.env,
          FDSELECT_WAITER: driver,
          NO_COLOR: '1',
          DENO_NO_UPDATE_CHECK: '1',
          ...env,
        },
        encoding: 'utf8',
        maxBuffer: 1e9,
        timeout,
      });
      const output = stdout + stderr;
      if (status !== 0) console.error(`${output}FAIL ${name}: ${args.at(-1)}: ${signal ?? status}`);
      this.hasFailed ||= status !== 0;
      for (const [i, word] of ['pass', 'fail', 'skip'].entries()) counts[i] += count(output, word);
      for (const [title, reason] of reasons(output)) {
        this.#skipped.add(`skipped in ${name}: ${title}: ${reason}`);
      }
    }
    this.#table.push([`${name} (${version})`, driver, ...counts]);
  }

  /** Prints the table. @returns the exit code */
  finish() {
    console.log(this.#table.toString());
    for (const line of this.#skipped) console.log(line);
    return this.hasFailed ? 1 : 0;
  }
}
