/**
 * `npm run test:package`: a packed tarball with a prebuilt binary, installed without scripts into
 * an empty folder, works there: require(), import and the program.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const temporary = mkdtempSync(join(tmpdir(), 'fdselect-package-'));
const source = join(temporary, 'source');
const folder = join(temporary, 'user');

function run(command, args, cwd = folder) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

try {
  // A copy, because prebuildify takes the compiled addon away from where it was.
  mkdirSync(folder);
  const left = new Set(['.git', 'node_modules', 'build', 'prebuilds']);
  for (const name of readdirSync(root)) {
    if (!left.has(name)) cpSync(join(root, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(source, 'node_modules'));
  run('npm', ['run', '--silent', 'prebuild'], source);
  run('npx', ['publint', '--strict'], source);
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], source);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true }\n');
  run('npm', ['install', '--silent', '--ignore-scripts', `./${tarball}`]);
  const program = `
    const { select, poll, POLLIN } = FDSELECT;
    const { pipe } = OS;
    const [r, w] = pipe();
    const poller = poll();
    poller.register(r, POLLIN);
    if (select([r], [w], [], 0)[1][0] !== w || poller.poll(0).length !== 0) throw new Error('wrong answer');
    console.log('works');`;
  const asModule = program
    .replace('= FDSELECT;', "= await import('fdselect');")
    .replace('= OS;', "= await import('fdselect/os');");
  const asScript = program
    .replace('= FDSELECT;', "= require('fdselect');")
    .replace('= OS;', "= require('fdselect/os');");
  writeFileSync(join(folder, 'a.mjs'), asModule);
  writeFileSync(join(folder, 'b.cjs'), asScript);
  for (const file of ['a.mjs', 'b.cjs']) {
    if (run(process.execPath, ['--no-warnings', file]) !== 'works\n') throw new Error(file);
  }
  const list = run(join(folder, 'node_modules', '.bin', 'fdselect'), ['list']);
  if (!list.includes('echo-poll')) throw new Error(`fdselect list printed ${list}`);
  // A folder without compiler output: what ran was the prebuilt binary.
  const installed = readdirSync(join(folder, 'node_modules', 'fdselect'));
  if (installed.includes('build') || !installed.includes('prebuilds'))
    throw new Error('no prebuild');
  console.log(`package: ${tarball} works when installed with --ignore-scripts`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
