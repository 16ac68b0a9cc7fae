/**
 * `npm run test:package [NAME...]`: packs the package once and runs the tests of this folder on the
 * tarball, or those of the files that are named. A test file gets the tarball's path from
 * `tarball` in support/user.mjs.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pack } from './support/pack.mjs';

const all = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.mjs') && file !== basename(import.meta.filename))
  .map((file) => basename(file, '.mjs'));
const wanted = process.argv.length > 2 ? process.argv.slice(2) : all;
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`test:package: no ${unknown.join(', ')}; there are: ${all.join(', ')}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'fdselect-tarball-'));
try {
  const tarball = pack(folder);
  const files = wanted.map((name) => join(import.meta.dirname, `${name}.mjs`));
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', ...files], {
    stdio: 'inherit',
    env: { ...process.env, FDSELECT_TARBALL: tarball },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
