/** Where nothing is recorded, the recorder costs nothing: it is not there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { native, unrecorded } from '../../dist/native/index.js';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const read = (file: string) => readFileSync(join(dist, file), 'utf8');

test('without FDSELECT_RECORD and FDSELECT_TRACE the functions are those of the addon', () => {
  expect(process.env.FDSELECT_RECORD ?? process.env.FDSELECT_TRACE).toBeUndefined();
  expect(native).toBe(unrecorded);
  expect(native.poll).toBe(unrecorded.poll);
});

test('the recorder, the trace and the lessons are not in the file of the API', () => {
  const core = read('core.js');
  expect(core).toContain('function recording()');
  for (const module of ['lib/native/record/', 'lib/native/trace/', 'lib/learn/']) {
    expect(core).not.toContain(`// ${module}`);
  }
  expect(core).not.toMatch(/^import /m);
});

// It is loaded while core.js is being evaluated.
test('the recorder imports nothing of the package', () => {
  const recorder = read('native/record/index.js');
  expect(recorder).toContain('// lib/native/trace/');
  expect(recorder).not.toMatch(/^import .*"\./m);
});

test('nothing but the command loads what is in learn', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  const loading = files.filter(
    (file) =>
      file.endsWith('.js') &&
      !file.startsWith('learn/') &&
      /["']\.[^"']*\/learn\//.test(read(file)),
  );
  expect(loading).toEqual(['cli.js']);
  expect(read('cli.js')).not.toMatch(/^import .*learn/m);
});
