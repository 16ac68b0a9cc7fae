/** The prebuilt binaries of a release: their list, and the requirements for each. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Node 20 to 26 for Linux need glibc 2.28 themselves: an addon that needs no more loads in all. */
export const MAX_GLIBC = [2, 28];
export const MAX_GLIBCXX = [3, 4, 25];
/** Bytes; the limit for all of them together in the tarball. */
export const MAX_PACKED = 3 * 1024 * 1024;

/** `zig` is the name of the target in zig's notation; the number is the glibc to link against. */
export const prebuilds = [
  { arch: 'x64', libc: 'glibc', zig: 'x86_64-linux-gnu.2.28' },
  { arch: 'x64', libc: 'musl', zig: 'x86_64-linux-musl' },
  { arch: 'arm64', libc: 'glibc', zig: 'aarch64-linux-gnu.2.28' },
  { arch: 'arm64', libc: 'musl', zig: 'aarch64-linux-musl' },
].map((prebuild) => ({
  ...prebuild,
  file: `prebuilds/linux-${prebuild.arch}/fdselect.${prebuild.libc}.node`,
}));

/** The versions of a library's symbols that an ELF file needs, such as [[2, 17], [2, 28]]. */
export function neededVersions(path, library) {
  const text = execFileSync('readelf', ['--version-info', '--wide', path], { encoding: 'utf8' });
  const found = text.matchAll(new RegExp(`\\b${library}_([0-9.]+)`, 'g'));
  return [...new Set([...found].map(([, version]) => version))].map((version) =>
    version.split('.').map(Number),
  );
}

export function isNewer(version, limit) {
  for (const [i, number] of version.entries()) {
    if (number !== (limit[i] ?? 0)) return number > (limit[i] ?? 0);
  }
  return false;
}

/** The faults of the binaries in a folder, a sentence each. */
export function problems(folder = root) {
  const found = [];
  for (const { file, libc } of prebuilds) {
    const path = join(folder, file);
    if (!existsSync(path)) {
      found.push(`${file} is missing: npm run prebuild:all makes it`);
      continue;
    }
    const size = statSync(path).size;
    if (size > MAX_PACKED) found.push(`${file} has ${size} bytes: it is not stripped`);
    const limits = [
      ['GLIBC', libc === 'musl' ? [0] : MAX_GLIBC],
      ['GLIBCXX', MAX_GLIBCXX],
    ];
    for (const [library, limit] of limits) {
      const newer = neededVersions(path, library).filter((version) => isNewer(version, limit));
      for (const version of newer) {
        found.push(`${file} needs ${library}_${version.join('.')}, more than ${limit.join('.')}`);
      }
    }
  }
  return found;
}
