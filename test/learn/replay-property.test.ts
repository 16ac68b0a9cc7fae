/** After random calls on fds, the state computed from the recording agrees with the kernel. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { stateAt } from '../../lib/learn/replay/state.ts';
import { stepsOf } from '../../lib/learn/replay/steps.ts';
import { verify } from '../../lib/learn/replay/verify.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fdselect-property-'));
afterAll(() => rmSync(folder, { recursive: true }));

const EVENTS = [1, 4, 5, 0, 0x80000001, 0x40000001, 0xc0000005];
const place = fc.nat(40);
const step = fc.oneof(
  fc.record({ op: fc.constantFrom('pipe', 'socketpair', 'epoll') }),
  fc.record({ op: fc.constantFrom('dup', 'read', 'write', 'write', 'wait', 'wait'), a: place }),
  fc.record({ op: fc.constantFrom('close', 'shutdown'), a: place }),
  fc.record({ op: fc.constant('dup2'), a: place, b: place }),
  fc.record({
    op: fc.constantFrom('ADD', 'ADD', 'ADD', 'MOD', 'DEL'),
    ...{ a: place, b: place, events: fc.constantFrom(...EVENTS) },
  }),
  fc.record({ op: fc.constantFrom('poll', 'select') }),
);

/** Runs the steps in a process of its own and answers which fds it has at its end. */
function run(steps: unknown[], file: string): number[] {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL('./random-steps.mjs', import.meta.url)), JSON.stringify(steps)],
    {
      ...{ cwd: ROOT, encoding: 'utf8' },
      env: {
        ...process.env,
        ...{ FDSELECT_RECORD: file, FDSELECT_RECORD_DATA: 'all', FDSELECT_RECORD_KERNEL: '1' },
      },
    },
  );
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

test('open fds, interest lists and bytes are those of the kernel, after any calls', () => {
  let count = 0;
  let lists = 0;
  const property = fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
    const file = join(folder, `${count++}.jsonl`);
    const open = run(steps, file);
    const recording = parse(readFileSync(file, 'utf8'), file);
    expect(verify(recording)).toEqual([]);
    lists += recording.records.filter(({ k }) => k === 'list').length;
    const { fds } = stateAt(recording, stepsOf(recording).length);
    expect(Object.keys(fds).map(Number)).toEqual(open);
  });
  fc.assert(property, { numRuns: 25 });
  expect(lists).toBeGreaterThan(25);
}, 120_000);
