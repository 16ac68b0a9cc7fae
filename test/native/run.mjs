/**
 * `npm run test:native`: native/sys and native/waiter compile and work without Node, under the
 * thread sanitizer, and under AddressSanitizer with UndefinedBehaviorSanitizer.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'fdselect-native-'));
const sources = readFileSync(join(root, 'native/sources.txt'), 'utf8')
  .split('\n')
  .filter((path) => /^native\/(sys|waiter)\//.test(path));

let failed = 0;
for (const sanitizers of ['thread', 'address,undefined']) {
  const program = join(folder, 'test');
  const flags = ['-std=c++17', '-Wall', '-Wextra', '-O1', '-g', `-fsanitize=${sanitizers}`];
  const files = [...sources, 'test/native/waiter_test.cc'];
  execFileSync('g++', [...flags, '-pthread', ...files, '-o', program], {
    cwd: root,
    stdio: 'inherit',
  });
  const env = { ...process.env, UBSAN_OPTIONS: 'halt_on_error=1' };
  const { status, signal } = spawnSync(program, { stdio: 'inherit', env });
  console.log(`${sanitizers}: ${status === 0 ? 'passed' : `failed (${signal ?? status})`}`);
  if (status !== 0) failed++;
}
rmSync(folder, { recursive: true });
process.exit(failed === 0 ? 0 : 1);
