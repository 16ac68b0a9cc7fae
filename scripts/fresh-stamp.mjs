/**
 * Remembers that `dist/` is what a build of the sources makes: the hash of all that goes into the
 * build, and the hash of each file that came out. As long as none of them has changed, `dist/` is fresh
 * without another build.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a build reads beside `lib/`. The last one names the version of every package that is installed. */
export const SOURCES = [
  'rolldown.config.js',
  'scripts/fresh-build.mjs',
  'scripts/fresh-stamp.mjs',
  'package.json',
  'tsconfig.json',
  'node_modules/.package-lock.json',
];

function hashOf(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The hash of all that goes into a build: names, and contents. */
export function sourcesHash(root) {
  const lib = readdirSync(join(root, 'lib'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const hash = createHash('sha256').update(process.version);
  for (const path of [...lib, ...SOURCES.map((name) => join(root, name))]) {
    hash.update(`\n${path} ${hashOf(path)}`);
  }
  return hash.digest('hex');
}

/** Writes down that these files of a folder are what a build of the sources makes. */
export function rememberFresh(stamp, sources, folder, names) {
  const outputs = Object.fromEntries(names.map((name) => [name, hashOf(join(folder, name))]));
  const whole = `${stamp}.${process.pid}`;
  writeFileSync(whole, JSON.stringify({ sources, outputs }));
  renameSync(whole, stamp); // a run beside this one reads all of it, or the one before
}

/** Whether the sources, and the files in the folder, are those that were written down. */
export function isKnownFresh(stamp, root, folder) {
  try {
    const { sources, outputs } = JSON.parse(readFileSync(stamp, 'utf8'));
    return (
      sources === sourcesHash(root) &&
      Object.entries(outputs).every(([name, hash]) => hashOf(join(folder, name)) === hash)
    );
  } catch {
    return false; // one of the files is missing
  }
}
