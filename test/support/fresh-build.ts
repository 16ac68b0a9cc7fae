/**
 * Before any test: what the tests run is what the sources say. Child processes need `dist/` and the
 * addon, so both are compared with `lib/` and `native/`, and built again where they differ.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import config from '../../rolldown.config.js';

const root = join(import.meta.dirname, '../..');

/** Bundles `lib/` in memory (0.2 s) and compares each file with the one in `dist/`. */
export async function isDistFresh(folder = join(root, 'dist')): Promise<boolean> {
  const { output, ...input } = config;
  await using bundle = await rolldown(input);
  const { output: files } = await bundle.generate({ ...output, cleanDir: false });
  return files.every((file) => {
    const path = join(folder, file.fileName);
    const content = file.type === 'chunk' ? file.code : String(file.source);
    return existsSync(path) && readFileSync(path, 'utf8') === content;
  });
}

/** When a file was last changed. */
function changed(path: string): number {
  return statSync(path).mtimeMs;
}

/** Whether the addon that node-gyp built is newer than each of its sources. */
function isAddonFresh(): boolean {
  const addon = join(root, 'build/Release/fdselect.node');
  if (!existsSync(addon)) return false;
  const sources = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(cc|h|txt)$/.test(name))
    .map((name) => join(root, 'native', name));
  const newest = Math.max(...[...sources, join(root, 'binding.gyp')].map(changed));
  return newest < changed(addon);
}

/** Runs a command under a lock: two runs of the tests in one checkout must not build at once. */
function build(...command: string[]): void {
  console.error(`fresh-build: the sources have changed: ${command.join(' ')}`);
  const lock = join(root, 'node_modules/.cache/fdselect-build.lock');
  execFileSync('mkdir', ['-p', join(root, 'node_modules/.cache')]);
  execFileSync('flock', [lock, ...command], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

export async function setup(): Promise<void> {
  // FDSELECT_PREBUILD names an addon that something else has built, such as test:sanitize.
  if (process.env.FDSELECT_PREBUILD === undefined && !isAddonFresh()) {
    build('npm', 'exec', '--', 'node-gyp', 'configure', 'build', '--silent');
  }
  if (!(await isDistFresh())) build('npm', 'run', '--silent', 'build:ts');
  if (!(await isDistFresh())) throw new Error('dist/ differs from lib/ after npm run build:ts');
}
