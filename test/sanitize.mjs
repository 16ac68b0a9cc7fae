/**
 * `npm run test:sanitize`: the whole suite with the addon built under AddressSanitizer and
 * UndefinedBehaviorSanitizer. Every report goes to a file, from child processes too; one is enough
 * to fail. Arguments go to vitest.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const build = join(root, 'build-sanitize');
const reports = mkdtempSync(join(tmpdir(), 'fdselect-sanitize-'));

const compile = ['cmake-js', 'compile', '--CDFDSELECT_SANITIZE=ON', '--out', join(build, 'build')];
execFileSync('npx', compile, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });

/** Where the compiler keeps a library that has to be loaded before node itself. */
function library(name) {
  return execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
}

// Without leak detection: V8 keeps much until the process ends. Our own memory is held by RAII, and
// the suite counts fds.
const options = `halt_on_error=1:abort_on_error=0:exitcode=99:log_path=${join(reports, 'report')}`;
const { status } = spawnSync('npx', ['vitest', 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    FDSELECT_PREBUILD: build,
    FDSELECT_LIVES: '3', // each takes many times longer here
    LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
    ASAN_OPTIONS: `${options}:detect_leaks=0`,
    UBSAN_OPTIONS: `${options}:print_stacktrace=1`,
  },
});
const found = readdirSync(reports);
for (const name of found) console.error(readFileSync(join(reports, name), 'utf8'));
rmSync(reports, { recursive: true, force: true });
console.log(`sanitizers: ${found.length} reports`);
process.exit(found.length > 0 ? 1 : (status ?? 1));
