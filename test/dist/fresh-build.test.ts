/** The tests refuse a `dist/` that is not what `lib/` says. */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isDistFresh } from '../support/fresh-build.ts';

/** A copy of `dist/` that may be spoilt. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-dist-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), folder, { recursive: true });
  return folder;
}

test('dist/ is fresh: the tests run what lib/ says', async () => {
  expect(await isDistFresh()).toBe(true);
  expect(await isDistFresh(copy())).toBe(true);
});

test('a changed file is noticed', async () => {
  const folder = copy();
  appendFileSync(join(folder, 'core.js'), '\n');
  expect(await isDistFresh(folder)).toBe(false);
});

test('a missing file is noticed', async () => {
  const folder = copy();
  rmSync(join(folder, 'servers/echo-poll.js'));
  expect(await isDistFresh(folder)).toBe(false);
});
