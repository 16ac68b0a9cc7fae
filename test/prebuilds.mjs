/**
 * `npm run test:prebuilds [-- NAME [WORD...]]`: the tests of the API on the prebuilt binaries of
 * `npm run prebuild:all`: x64 with glibc under Node, x64 with musl under the musl build of Bun, and
 * arm64 with glibc under Node and qemu-user. Needs Debian's packages `musl` and `gcc` for the second,
 * `qemu-user` and `libstdc++6-arm64-cross` for the third. Words choose the files whose paths contain
 * one of them.
 *
 * The runtimes come from the package registry. What a runtime cannot do is skipped, with its reason.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bunRuns, install, Report, root, unitTests, vitest } from './support/api-runs.mjs';
import { emulatedNode, librariesFor, missingFor } from './support/foreign.mjs';

const bun = '@oven/bun-linux-x64-musl';

const targets = [
  {
    name: 'x64 glibc',
    binary: 'linux-x64/fdselect.glibc.node',
    drivers: ['uv', 'thread'],
    runtime: () => process.execPath,
    runs: (files) => [vitest(files)],
  },
  {
    name: 'x64 musl',
    binary: 'linux-x64/fdselect.musl.node',
    drivers: ['thread'],
    runtime: () => join(install('fdselect-musl', [bun]), 'node_modules', bun, 'bin/bun'),
    runs: bunRuns,
    env: (folder) => ({ LIBC: 'musl', LD_LIBRARY_PATH: librariesFor(subfolder(folder)) }),
  },
  {
    name: 'arm64 glibc',
    binary: 'linux-arm64/fdselect.glibc.node',
    drivers: ['uv'],
    // Vitest itself, which has native parts of its own, runs here; each test file runs over there.
    runtime: () => process.execPath,
    runs: (files) => [vitest(files, '--testTimeout=120000', '--hookTimeout=120000')],
    env: (folder) => ({
      FDSELECT_TEST_NODE: emulatedNode(folder),
      FDSELECT_EMULATOR: 'qemu',
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'support/test-node.mjs')}`,
    }),
  },
];

/** @param folder - gets a folder for libraries */
function subfolder(folder) {
  const path = join(folder, 'lib');
  mkdirSync(path, { recursive: true });
  return path;
}

const [wanted = '', ...words] = process.argv.slice(2);
const files = unitTests.filter(
  (path) => words.length === 0 || words.some((word) => path.includes(word)),
);
const report = new Report();
for (const target of targets.filter(({ name }) => name.startsWith(wanted))) {
  const { name, binary, drivers, runtime, runs, env = () => ({}) } = target;
  const file = join(root, 'prebuilds', binary);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run prebuild:all makes it`);
  const missing = missingFor(name);
  if (missing !== undefined) {
    console.error(`${name}: ${missing}`);
    report.hasFailed = true;
    continue;
  }
  // A folder with this binary alone: no other one can be what runs.
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-prebuild-'));
  try {
    chmodSync(folder, 0o755); // some tests become another user
    cpSync(file, join(folder, 'prebuilds', binary), { recursive: true });
    for (const driver of drivers) {
      report.run({
        name,
        driver,
        file: runtime(),
        runs: runs(files),
        env: { FDSELECT_PREBUILD: folder, ...env(folder) },
        timeout: 3_600_000,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(report.finish());
