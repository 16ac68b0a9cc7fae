/** Beats in a recording, and threads that sleep according to the kernel. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { stateAt } from '../../lib/learn/replay/state.ts';
import { beatsOf, stepsOf } from '../../lib/learn/replay/steps.ts';
import { scriptFile } from '../support/script.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MARK = new URL('../../dist/learn/play/mark.js', import.meta.url);

test.each([
  [
    'epoll_wait',
    'const e = epoll();\n    e.register(r, EPOLLIN);\n    e.poll(10);',
    /epoll|ep_poll/,
  ],
  ['poll', 'const p = poll();\n    p.register(r, POLLIN);\n    p.poll(10_000);', /poll_schedule/],
  ['select', 'select([r], [], [], 10);', /poll_schedule/],
])(
  'a client in a worker acts when the main thread sleeps in %s, and says so',
  (name, wait, wchan) => {
    const folder = mkdtempSync(join(tmpdir(), 'fdselect-mark-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'run.jsonl');
    const client = `
    import { workerData } from 'node:worker_threads';
    import { write } from 'fdselect/os';
    import { mark, untilAsleep } from '${MARK}';
    untilAsleep();
    mark(1, 'the client speaks');
    write(workerData, Buffer.from('x'));
  `;
    const script = scriptFile(`
    import { Worker } from 'node:worker_threads';
    import { epoll, EPOLLIN, poll, POLLIN, select } from 'fdselect';
    import { pipe, read } from 'fdselect/os';
    const [r, w] = pipe();
    new Worker(${JSON.stringify(client)}, { eval: true, workerData: w });
    ${wait}
    read(r, 1);
  `);
    const options = { cwd: ROOT, encoding: 'utf8' as const };
    const env = { ...process.env, FDSELECT_RECORD: file };
    const { status, stderr } = spawnSync(process.execPath, [script], { ...options, env });
    expect([status, stderr]).toEqual([0, '']);
    const recording = parse(readFileSync(file, 'utf8'));
    const [beat] = beatsOf(recording);
    expect(beat).toMatchObject({ beat: 1, say: 'the client speaks' });
    const steps = stepsOf(recording);
    expect(steps[beat?.step as number]?.record).toMatchObject({ call: 'write', th: 1 });
    const before = stateAt(recording, beat?.step as number);
    expect(before.threads[0]?.asleep?.call.call).toBe(name);
    expect(before.threads[0]?.wchan).toMatch(wchan);
    expect(stateAt(recording, steps.length).threads[0]).toMatchObject({
      asleep: null,
      wchan: null,
    });
  },
);
