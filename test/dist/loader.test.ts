/** The paths where the package looks for its addon: in each test one has it, the others have another file. */
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Child, type Finished } from '../support/server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const [libc, otherLibc] = existsSync('/etc/alpine-release') ? ['musl', 'glibc'] : ['glibc', 'musl'];
const release = 'build/Release/fdselect.node';
const debug = 'build/Debug/fdselect.node';
const folder = `prebuilds/${process.platform}-${process.arch}`;
const plainPrebuild = `${folder}/fdselect.node`;
const prebuild = process.platform === 'linux' ? `${folder}/fdselect.${libc}.node` : plainPrebuild;
const otherPrebuild = `${folder}/fdselect.${otherLibc}.node`;

/** A copy of the package, without an addon. */
function packageFolder(): string {
  const copy = mkdtempSync(join(tmpdir(), 'fdselect-loader-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  // Only what an import may load: the lessons are hundreds of files.
  const filter = (path: string) => !/\/learn$|\.d\.ts$|\.map$/.test(path);
  for (const name of ['dist', 'package.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true, filter });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function put(path: string, content: 'addon' | 'decoy'): void {
  mkdirSync(dirname(path), { recursive: true });
  if (content === 'addon') cpSync(join(root, release), path);
  else writeFileSync(path, 'no library');
}

/** The output of a process that imports the package. */
async function imported(copy: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  const script = join(copy, 'script.mjs');
  writeFileSync(script, "import { poll } from 'fdselect'; console.log(poll().poll(0));");
  const { FDSELECT_PREBUILD: _, ...inherited } = process.env;
  const options = { env: { ...inherited, ...env }, stdio: 'pipe' } as const;
  await using child = new Child(spawn(process.execPath, [script], options));
  return await child.finished();
}

const works = { code: 0, signal: null, stdout: '[]\n', stderr: '' };

test.each([
  ['compiled here', release, [debug, prebuild, otherPrebuild]],
  ['compiled for debugging', debug, [prebuild]],
  ['come with the package', prebuild, [otherPrebuild]],
  ['come with the package, without the name of a libc', plainPrebuild, [otherPrebuild]],
])('finds an addon that was %s', async (_, place, decoys) => {
  const copy = packageFolder();
  for (const decoy of decoys) put(join(copy, decoy), 'decoy');
  put(join(copy, place), 'addon');
  expect(await imported(copy)).toEqual(works);
});

test.each([
  ['FDSELECT_PREBUILD', '{}/elsewhere', `elsewhere/${release}`, [release, prebuild]],
  ['PREBUILDS_ONLY', '1', prebuild, [release, otherPrebuild]],
  ['LIBC', otherLibc, otherPrebuild, [prebuild]],
])('%s has the last word', async (name, value, place, decoys) => {
  const copy = packageFolder();
  for (const decoy of decoys) put(join(copy, decoy), 'decoy');
  put(join(copy, place), 'addon');
  expect(await imported(copy, { [name]: value.replace('{}', copy) })).toEqual(works);
});

test('a missing addon is an error that names its path and three remedies', async () => {
  const copy = packageFolder();
  const { code, stderr } = await imported(copy);
  expect(code).toBe(1);
  expect(stderr).toContain(`fdselect's native addon was not found at ${join(copy, prebuild)}\n`);
  for (const way of ['npm rebuild fdselect', 'pnpm approve-builds', 'mark fdselect as external']) {
    expect(stderr).toContain(way);
  }
  expect(stderr).toContain("code: 'ERR_ADDON_NOT_FOUND'");
});

test('an addon that cannot be loaded is named', async () => {
  const copy = packageFolder();
  put(join(copy, release), 'decoy');
  const { code, stderr } = await imported(copy);
  expect(code).toBe(1);
  expect(stderr).toContain("fdselect's native addon could not be loaded: ");
  expect(stderr).toContain("code: 'ERR_DLOPEN_FAILED'");
  expect(stderr).toContain(release);
});

test('without node-gyp-build, as in a bundle, the error is the same', async () => {
  const copy = packageFolder();
  rmSync(join(copy, 'node_modules'));
  const script = join(copy, 'script.mjs');
  writeFileSync(script, "import './dist/index.js';");
  const options = { stdio: 'pipe' } as const;
  await using child = new Child(spawn(process.execPath, [script], options));
  const { code, stderr } = await child.finished();
  expect(code).toBe(1);
  expect(stderr).toContain("fdselect's native addon was not found at ");
});

/** What the command of a copy without an addon prints. */
async function command(...args: string[]): Promise<Finished> {
  const cli = join(packageFolder(), 'dist/cli.js');
  const options = { stdio: 'pipe' } as const;
  await using child = new Child(spawn(process.execPath, [cli, ...args], options));
  return await child.finished();
}

test('the command says in two lines that the addon is missing; `list` does not need it', async () => {
  const { code, stdout, stderr } = await command('serve', 'echo-poll', '--port', '0');
  expect([code, stdout, stderr.split('\n').length]).toEqual([1, '', 3]);
  expect(stderr).toMatch(/^fdselect: fdselect's native addon was not found at .*\nRun `npm /);
  expect(await command('list')).toMatchObject({ code: 0, stderr: '' });
});
