/** A `dist/` that is older than `lib/` is noticed. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
// @ts-expect-error: a script has no declarations
import { isKnownFresh, rememberFresh, SOURCES, sourcesHash } from '../../scripts/fresh-stamp.mjs';
import { FRESH_BUILD } from '../support/fresh-build.ts';

/** A folder that a test may change. */
function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-dist-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the tests run the code in lib/, and a changed file and a missing one are noticed', () => {
  const dist = fileURLToPath(new URL('../../dist', import.meta.url));
  const other = temporary();
  for (const name of readdirSync(dist).filter((one) => one !== 'cli.js')) {
    if (name === 'core.js') {
      writeFileSync(join(other, name), `${readFileSync(join(dist, name), 'utf8')}\n`);
    } else symlinkSync(join(dist, name), join(other, name));
  }
  // One build for both folders: it takes most of the time.
  const args = [FRESH_BUILD, '--check', dist, other];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stdout.split('\n').sort()).toEqual(['', join(other, 'cli.js'), join(other, 'core.js')]);
});

/** A package with a stamp: `dist/a.js` is remembered as what `lib/` makes. */
function stamped() {
  const root = temporary();
  for (const name of [...SOURCES, 'lib/a.ts', 'lib/deep/b.ts', 'dist/a.js', 'dist/c.txt']) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), name);
  }
  const [stamp, dist] = [join(root, 'stamp.json'), join(root, 'dist')];
  rememberFresh(stamp, sourcesHash(root), dist, ['a.js']);
  return { at: (name: string) => join(root, name), isFresh: () => isKnownFresh(stamp, root, dist) };
}

test('what has not changed is known to be fresh', () => {
  const { at, isFresh } = stamped();
  expect(isFresh()).toBe(true);
  appendFileSync(at('dist/c.txt'), 'no file of the build');
  expect(isFresh()).toBe(true);
});

test.each([...SOURCES, 'lib/deep/b.ts', 'dist/a.js'])(
  'a change of %s is noticed, and that it is missing',
  (name) => {
    const { at, isFresh } = stamped();
    renameSync(at(name), at('kept'));
    expect(isFresh()).toBe(false);
    renameSync(at('kept'), at(name));
    expect(isFresh()).toBe(true);
    appendFileSync(at(name), ' ');
    expect(isFresh()).toBe(false);
  },
);

test.each(['lib/deep/new.ts', 'lib/new.css'])('a new %s is noticed', (name) => {
  const { at, isFresh } = stamped();
  writeFileSync(at(name), '');
  expect(isFresh()).toBe(false);
});

test('a source with another name is noticed', () => {
  const { at, isFresh } = stamped();
  renameSync(at('lib/a.ts'), at('lib/b.ts'));
  expect(isFresh()).toBe(false);
});

test.each(['', '{', '{}', 'null'])('a stamp that is %j says nothing', (text) => {
  const { at, isFresh } = stamped();
  writeFileSync(at('stamp.json'), text);
  expect(isFresh()).toBe(false);
});
