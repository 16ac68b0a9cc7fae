/**
 * `npm run test:runtimes [NAME]`: the tests of the API in every runtime that loads Node-API addons, all on
 * the one addon that was built here. The runtimes come from the package registry and are kept in
 * node_modules/.cache.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';

const root = join(import.meta.dirname, '..');
const cache = join(root, 'node_modules/.cache/fdselect-runtimes');
const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const bun = `@oven/bun-linux-${arch === 'x64' ? 'x64' : 'aarch64'}`;
const deno = `@deno/linux-${arch}-glibc`;
const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'test/unit'];

function node(version) {
  const alias = `node-${version}`;
  return {
    name: `Node ${version}`,
    drivers: ['uv', 'thread'],
    packages: [`${alias}@npm:node-linux-${arch}@${version}`],
    command: [join(cache, 'node_modules', alias, 'bin/node'), ...vitest],
  };
}

/** Bun has a runner of its own that takes vitest's imports; Deno runs vitest itself. */
const runtimes = [
  node(20),
  node(22),
  node(24),
  node(26),
  {
    name: 'Bun',
    drivers: ['thread'],
    packages: [bun],
    command: [join(cache, 'node_modules', bun, 'bin/bun'), 'test', './test/unit'],
  },
  {
    name: 'Deno',
    drivers: ['thread'],
    packages: [deno],
    command: [join(cache, 'node_modules', deno, 'deno'), 'run', '-A', ...vitest],
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

const table = new Table({
  head: ['runtime', 'waiter', 'passed', 'failed', 'skipped'],
  style: { head: [], border: [] },
});
let hasFailed = false;
for (const { name, drivers, command } of wanted) {
  const [file, ...args] = command;
  if (!existsSync(file)) throw new Error(`${name} is not at ${file}`);
  const version = execFileSync(file, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  for (const driver of drivers) {
    const env = { ...process.env, FDSELECT_WAITER: driver, NO_COLOR: '1' };
    const { status, stdout, stderr } = spawnSync(file, args, {
      cwd: root,
      env,
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    const output = stdout + stderr;
    if (status !== 0) console.error(output);
    hasFailed ||= status !== 0;
    table.push([
      `${name} (${version})`,
      driver,
      count(output, 'pass'),
      count(output, 'fail'),
      count(output, 'skip'),
    ]);
  }
}
console.log(table.toString());
process.exit(hasFailed ? 1 : 0);
