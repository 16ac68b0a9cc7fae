/** A `dist/` that is older than `lib/` is noticed. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { FRESH_BUILD } from '../support/fresh-build.ts';

/** A copy of `dist/` that a test may change. */
function copy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-dist-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(fileURLToPath(new URL('../../dist', import.meta.url)), folder, { recursive: true });
  return folder;
}

/** What the check says about a folder. */
function check(folder: string) {
  const args = [FRESH_BUILD, '--check', folder];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout };
}

test('the tests run the code in lib/', () => {
  expect(check(copy())).toEqual({ status: 0, stdout: '' });
});

test('a changed file and a missing one are noticed', () => {
  const folder = copy();
  appendFileSync(join(folder, 'core.js'), '\n');
  rmSync(join(folder, 'cli.js'));
  const { status, stdout } = check(folder);
  expect(status).toBe(1);
  expect(stdout.split('\n').sort()).toEqual(['', 'cli.js', 'core.js']);
});
