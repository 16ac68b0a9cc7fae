/** The claims of lesson 24 about the four vocabularies, read from recordings of its program. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claim } from '../../course/claim.js';
import type { CallRecord, Rec } from '../../replay/format.js';
import { parse } from '../../replay/parse.js';

const program = fileURLToPath(new URL('./program.js', import.meta.url));
const WAITS = ['select', 'poll', 'epoll_wait'];

/** The output of the program, and its calls from the one that receives the line to its last answer. */
function play(run: string): { printed: string; calls: CallRecord[]; records: readonly Rec[] } {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-lesson-'));
  const file = join(folder, 'run.jsonl');
  try {
    const { stdout } = spawnSync(process.execPath, [program, run], {
      encoding: 'utf8',
      env: { ...process.env, FDSELECT_RECORD: file },
    });
    const { records } = parse(readFileSync(file, 'utf8'), run);
    const all = records.filter((one) => one.k === 'call');
    const accepted = new Set(all.filter(({ call }) => call === 'accept').map(({ ret }) => ret));
    const first = all.findIndex(({ call, fd }) => call === 'recv' && accepted.has(fd ?? -1));
    const last = all.findLastIndex(({ call, fd }) => call === 'send' && accepted.has(fd ?? -1));
    return { printed: stdout, calls: all.slice(first, last + 1), records };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const names = (run: string) => play(run).calls.map(({ call }) => call);

export const claims = [
  claim(
    'chat-same-calls',
    'For one line to two members, asynchat and the reactor make the same three calls: one `recv` and two `send`, with no wait in between.',
    () => {
      for (const run of ['asynchat', 'reactor']) {
        assert.deepEqual(names(run), ['recv', 'send', 'send'], run);
      }
    },
  ),
  claim('chat-promises-calls', 'With promises the calls are the same three as well.', () =>
    assert.deepEqual(names('promises'), ['recv', 'send', 'send']),
  ),
  claim(
    'chat-boxes-turns',
    'Components make the same three calls, and more turns of the loop: what lies in a box waits until its reader has its turn.',
    () => {
      const calls = names('components');
      const others = calls.filter((call) => !WAITS.includes(call));
      assert.deepEqual(others, ['recv', 'send', 'send']);
      assert.ok(calls.length > others.length, calls.join());
    },
  ),
  claim(
    'chat-callbacks-seen',
    'The reactor receives in a callback of its loop: the recording shows where it begins and where it ends.',
    () => {
      const { records } = play('reactor');
      const receiving = records.findIndex((one) => one.k === 'call' && one.call === 'recv');
      const begun = records.slice(0, receiving).filter(({ k }) => k === 'begin').length;
      const ended = records.slice(0, receiving).filter(({ k }) => k === 'end').length;
      assert.equal(begun, ended + 1);
    },
  ),
];
