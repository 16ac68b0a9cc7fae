/** FDSELECT_RECORD in every runtime. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { verify } from '../../lib/learn/replay/verify.ts';
import { scriptFile } from '../support/script.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const SCRIPT = `import { poll, POLLIN, select } from 'fdselect';
import { close, pipe, read, write } from 'fdselect/os';
const [r, w] = pipe();
write(w, Buffer.from('hello'));
select([r], [w], [], 1);
read(r, 3);
const p = poll();
p.register(r, POLLIN);
await p.pollAsync();
close(w);
`;

test('each call is recorded, with its line and its bytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-record-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'run.jsonl');
  const env = {
    ...process.env,
    FDSELECT_RECORD: file,
    FDSELECT_RECORD_DATA: 'all',
    FDSELECT_RECORD_SITES: '1',
  };
  const options = { cwd: ROOT, env, encoding: 'utf8' as const };
  const { status, stderr } = spawnSync(process.execPath, [scriptFile(SCRIPT)], options);
  expect([status, stderr]).toEqual([0, '']);
  const recording = parse(readFileSync(file, 'utf8'));
  const calls = recording.records.flatMap((record) =>
    record.k === 'call' ? [`${record.call} ${record.site?.split(':')[1]}`] : [],
  );
  expect(calls.filter((call) => !call.startsWith('poll'))).toEqual([
    'pipe 3',
    'write 4',
    'select 5',
    'read 6',
    'close 10',
  ]);
  expect(calls.filter((call) => call.startsWith('poll')).length).toBeGreaterThan(0);
  expect(recording.records.find((one) => one.k === 'call' && one.call === 'read')).toMatchObject({
    ...{ size: 3, text: 'hel', ret: 3 },
  });
  expect(verify(recording)).toEqual([]);
});
