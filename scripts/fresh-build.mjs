/**
 * Builds what is older than its sources: `dist/` from `lib/`, the addon from `native/`. The tests
 * run it first, so that they always run the code of the sources.
 *
 * `--check FOLDER` only compares a folder with a build of `lib/`, prints the files that differ
 * and exits with 1 if there are any.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../rolldown.config.js';

const root = join(import.meta.dirname, '..');
const cache = join(root, 'node_modules/.cache');

/** Bundles `lib/` in memory (0.2 s). @returns the files that differ in a folder, or are missing there */
async function staleFiles(folder) {
  const { output: options, ...input } = config;
  const bundle = await rolldown(input);
  const { output } = await bundle.generate({ ...options, cleanDir: false });
  await bundle.close();
  return output.flatMap(({ fileName, type, code, source }) => {
    const path = join(folder, fileName);
    const content = type === 'chunk' ? code : String(source);
    return existsSync(path) && readFileSync(path, 'utf8') === content ? [] : [fileName];
  });
}

/** When a file was last changed. */
function changed(path) {
  return statSync(path).mtimeMs;
}

/** Whether the addon that node-gyp built is newer than each of its sources. */
function isAddonFresh() {
  const addon = join(root, 'build/Release/fdselect.node');
  if (!existsSync(addon)) return false;
  const sources = readdirSync(join(root, 'native'), { recursive: true })
    .filter((name) => /\.(cc|h|txt)$/.test(name))
    .map((name) => join(root, 'native', name));
  return [...sources, join(root, 'binding.gyp')].every((path) => changed(path) < changed(addon));
}

/** Runs a command under a lock: two runs of the tests in one checkout must not build at once. */
function build(...command) {
  console.error(`fresh-build: the sources have changed: ${command.join(' ')}`);
  mkdirSync(cache, { recursive: true });
  execFileSync('flock', [join(cache, 'fdselect-build.lock'), ...command], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const [option, folder = ''] = process.argv.slice(2);
if (option === '--check') {
  const stale = await staleFiles(folder);
  for (const name of stale) console.log(name);
  process.exit(stale.length > 0 ? 1 : 0);
}
// FDSELECT_PREBUILD names an addon that something else has built, such as test:sanitize.
if (process.env.FDSELECT_PREBUILD === undefined && !isAddonFresh()) {
  build('npm', 'exec', '--', 'node-gyp', 'configure', 'build', '--silent');
}
const dist = join(root, 'dist');
if ((await staleFiles(dist)).length > 0) build('npm', 'run', '--silent', 'build:ts');
const stale = await staleFiles(dist);
if (stale.length > 0)
  throw new Error(`these files still differ from lib/ after a build: ${stale.join(', ')}`);
