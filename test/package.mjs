/**
 * `npm run test:package`: a packed tarball with a prebuilt binary, installed without scripts into
 * an empty folder, works there: require(), import and the program.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'fdselect-package-'));

function run(command, args, cwd = folder) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

try {
  run('npm', ['run', '--silent', 'prebuild'], root);
  run('npx', ['publint', '--strict'], root);
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], root);
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
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(root, 'prebuilds'), { recursive: true, force: true });
}
