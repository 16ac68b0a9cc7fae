/** Without recording, the recorder is not loaded. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { native, unrecorded } from '../../dist/native/index.js';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const read = (file: string) => readFileSync(join(dist, file), 'utf8');
const sourcesOf = (file: string): string[] => JSON.parse(read(`${file}.map`)).sources;

test('without FDSELECT_RECORD and FDSELECT_TRACE the functions are those of the addon', () => {
  expect(process.env.FDSELECT_RECORD ?? process.env.FDSELECT_TRACE).toBeUndefined();
  expect(native).toBe(unrecorded);
  expect(native.poll).toBe(unrecorded.poll);
});

test('the recorder, the trace and the lessons are not in the file of the API', () => {
  const sources = sourcesOf('core.js');
  expect(sources).toContain('../lib/native/load.ts');
  expect(sources.filter((path) => /lib\/(native\/(record|trace)|learn)\//.test(path))).toEqual([]);
  expect(read('core.js')).not.toMatch(/^import /m);
});

// It is loaded while core.js is being evaluated.
test('the recorder imports nothing of the package', () => {
  expect(sourcesOf('native/record/index.js').join()).toContain('lib/native/trace/');
  expect(read('native/record/index.js')).not.toMatch(/^import .*"\./m);
});

test('below a folder called lib, a recording has the version and the places of calls', () => {
  const copy = join(mkdtempSync(join(tmpdir(), 'fdselect-recorder-')), 'lib');
  onTestFinished(() => rmSync(dirname(copy), { recursive: true }));
  for (const name of ['dist', 'package.json', 'build/Release']) {
    const target = join(copy, 'node_modules/fdselect', name);
    cpSync(join(dist, '..', name), target, { recursive: true });
  }
  const [script, file] = [join(copy, 'script.mjs'), join(copy, 'calls.jsonl')];
  writeFileSync(script, "import { poll } from 'fdselect';\npoll().poll(0);\n");
  const env = { ...process.env, FDSELECT_RECORD: file, FDSELECT_RECORD_SITES: '1' };
  expect(spawnSync(process.execPath, [script], { env, encoding: 'utf8' }).stderr).toBe('');
  const [header, call] = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => JSON.parse(line || '{}'));
  const { version } = JSON.parse(readFileSync(join(dist, '../package.json'), 'utf8'));
  expect(header.by).toBe(`fdselect ${version}`);
  expect(call).toMatchObject({ call: 'poll', site: 'script.mjs:2' });
});

test('a missing recorder is an error that says what to do', () => {
  const copy = mkdtempSync(join(tmpdir(), 'fdselect-recorder-'));
  onTestFinished(() => rmSync(copy, { recursive: true }));
  for (const name of ['dist', 'package.json', 'build/Release']) {
    cpSync(join(dist, '..', name), join(copy, name), { recursive: true });
  }
  rmSync(join(copy, 'dist/native/record'), { recursive: true });
  const script = join(copy, 'script.mjs');
  writeFileSync(script, "import { poll } from 'fdselect'; console.log(poll().poll(0));");
  const run = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, [script], { encoding: 'utf8', env: { ...process.env, ...env } });
  expect(run({})).toMatchObject({ status: 0, stdout: '[]\n' });
  const { status, stderr } = run({ FDSELECT_TRACE: '1' });
  expect(status).toBe(1);
  expect(stderr).toContain('FDSELECT_RECORD and FDSELECT_TRACE need the recorder');
  expect(stderr).toContain('In a bundler, mark fdselect as external');
});

test('only the command loads the files of learn', () => {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  const loading = files.filter(
    (file) =>
      file.endsWith('.js') &&
      !file.startsWith('learn/') &&
      /["']\.[^"']*\/learn\//.test(read(file)),
  );
  expect(loading).toEqual(['cli.js', 'completions.js']); // the command
  expect(read('cli.js')).not.toMatch(/^import .*\/learn\//m);
});
