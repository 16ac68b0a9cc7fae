/**
 * Builds what is older than its sources: `dist/` from `lib/`, the addon from `native/`. The tests
 * run it first, so that they always run the code of the sources.
 *
 * `--check FOLDER...` only compares folders with a build of `lib/`, prints the files that differ
 * and exits with 1 if there are any.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isKnownFresh, rememberFresh, sourcesHash } from './fresh-stamp.mjs';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const cache = join(root, 'node_modules/.cache');
const stamp = join(cache, 'fdselect-dist.json');

/** Bundles `lib/` in memory. @returns the name and the content of each file */
async function bundled() {
  const [{ rolldown }, { default: config }] = await Promise.all([
    import('rolldown'),
    import('../rolldown.config.js'),
  ]);
  const { output: options, ...input } = config;
  const bundle = await rolldown(input);
  const { output } = await bundle.generate({ ...options, cleanDir: false });
  await bundle.close();
  return output.map(({ fileName, type, code, source }) => [
    fileName,
    type === 'chunk' ? code : String(source),
  ]);
}

/** The paths of the files that differ in a folder, or are missing there. */
function staleFiles(files, folder) {
  return files
    .map(([name, content]) => [join(folder, name), content])
    .filter(([path, content]) => !existsSync(path) || readFileSync(path, 'utf8') !== content)
    .map(([path]) => path);
}

/** The paths of the files in `dist/` that differ from a build. If there are none, it remembers that. */
async function staleInDist() {
  const sources = sourcesHash(root);
  const files = await bundled();
  const stale = staleFiles(files, dist);
  if (stale.length === 0) {
    mkdirSync(cache, { recursive: true });
    const names = files.map(([name]) => name);
    rememberFresh(stamp, sources, dist, names);
  }
  return stale;
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

const [option, ...folders] = process.argv.slice(2);
if (option === '--check') {
  const files = await bundled();
  const stale = folders.flatMap((folder) => staleFiles(files, folder));
  for (const path of stale) console.log(path);
  process.exit(stale.length > 0 ? 1 : 0);
}
// FDSELECT_PREBUILD names an addon that something else has built, such as test:sanitize.
if (process.env.FDSELECT_PREBUILD === undefined && !isAddonFresh()) {
  build('npm', 'exec', '--', 'node-gyp', 'configure', 'build', '--silent');
}
// A build in memory takes 1.5 CPU-seconds, and every run of the tests begins with this.
if (!isKnownFresh(stamp, root, dist) && (await staleInDist()).length > 0) {
  build('npm', 'run', '--silent', 'build:ts');
  const stale = await staleInDist();
  if (stale.length > 0) {
    throw new Error(`these files still differ from lib/ after a build: ${stale.join(', ')}`);
  }
}
