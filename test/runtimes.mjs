/**
 * `npm run test:runtimes [NAME]`: the tests of the API in every runtime that loads Node-API addons, all on
 * the one addon that was built here. The runtimes come from the package registry and are kept in
 * node_modules/.cache. Under Node every test passes; the others skip what they cannot do, and say why
 * (testUnless() in test/support/runtime.ts).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';

const root = join(import.meta.dirname, '..');
const cache = join(root, 'node_modules/.cache/fdselect-runtimes');
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const bun = `@oven/bun-linux-${arch === 'x64' ? 'x64' : 'aarch64'}`;
const deno = `@deno/linux-${arch}-glibc`;
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', 'test/unit'];
const files = readdirSync(join(root, 'test/unit'), { recursive: true })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `./test/unit/${path}`)
  .sort();

function node(version, drivers = ['uv']) {
  const alias = `node-${version}`;
  return {
    name: `Node ${version}`,
    drivers,
    packages: [`${alias}@npm:node-linux-${arch}@${version}`],
    file: join(cache, 'node_modules', alias, 'bin/node'),
    runs: [vitest],
  };
}

/**
 * Bun has a runner of its own that takes vitest's imports. It runs all files in one process, where
 * vitest has one for each; and it gets here what vitest.config.ts says. Deno runs vitest itself.
 */
const runtimes = [
  node(20),
  node(22),
  node(24),
  node(26, ['uv', 'thread']),
  {
    name: 'Bun',
    drivers: ['thread'],
    packages: [bun],
    file: join(cache, 'node_modules', bun, 'bin/bun'),
    runs: files.map((path) => [
      'test',
      ...['--timeout', '20000', '--preload', './test/support/fd-leaks.ts'],
      path,
    ]),
  },
  {
    name: 'Deno',
    drivers: ['thread'],
    packages: [deno],
    file: join(cache, 'node_modules', deno, 'deno'),
    runs: [['run', '-A', ...vitest]],
  },
];

const wanted = runtimes.filter(({ name }) => name.startsWith(process.argv[2] ?? ''));
mkdirSync(cache, { recursive: true });
const install = ['install', '--prefix', cache, '--no-save', '--ignore-scripts', '--silent'];
execFileSync('npm', [...install, ...runtimes.flatMap(({ packages }) => packages)], {
  stdio: 'inherit',
});

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

const style = { head: [], border: [] };
const table = new Table({
  head: ['runtime', 'waiter', 'passed', 'failed', 'skipped'],
  style,
});
const skipped = new Set();
let hasFailed = false;
for (const { name, drivers, file, runs } of wanted) {
  if (!existsSync(file)) throw new Error(`${name} is not at ${file}`);
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  for (const driver of drivers) {
    const env = {
      ...process.env,
      FDSELECT_WAITER: driver,
      NO_COLOR: '1',
      DENO_NO_UPDATE_CHECK: '1',
    };
    const counts = [0, 0, 0];
    for (const args of runs) {
      const { status, stdout, stderr } = spawnSync(file, args, {
        cwd: root,
        env,
        encoding: 'utf8',
        maxBuffer: 1e9,
        timeout: 600_000,
      });
      const output = stdout + stderr;
      if (status !== 0) console.error(output);
      hasFailed ||= status !== 0;
      for (const [i, word] of ['pass', 'fail', 'skip'].entries()) counts[i] += count(output, word);
      for (const [title, reason] of reasons(output)) {
        skipped.add(`skipped in ${name}: ${title}: ${reason}`);
      }
    }
    table.push([`${name} (${version})`, driver, ...counts]);
  }
}
console.log(table.toString());
for (const line of skipped) console.log(line);
process.exit(hasFailed ? 1 : 0);
