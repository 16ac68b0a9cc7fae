/** The scenarios: what the replay page shows is what this kernel does today. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fileOf } from '../../dist/learn/course/lesson.js';
import { comparable, parse, recordScenario } from '../../dist/learn/play/recordings.js';
import { recordingName, scenarios } from '../../dist/learn/play/scenario.js';
import { stateAt } from '../../lib/learn/replay/state.ts';
import { stepsOf } from '../../lib/learn/replay/steps.ts';
import { storyOfFile } from '../../lib/learn/terminal/story.ts';
import { amount } from '../support/amount.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const TIMEOUT_MS = 120_000;
const all = await scenarios();
const reason = existsSync('/proc/self/wchan') ? '' : ' [Linux only: no /proc/self/wchan]';

describe.skipIf(reason !== '')(`recorded again${reason}`, () => {
  test.each(all)(
    '$scenario.name: each thread makes the same calls, with the same answers',
    (found) => {
      const { scenario, folder } = found;
      const names: string[] = [];
      for (const [i, { name }] of scenario.whatIfs.entries()) {
        for (const [j, column] of scenario.columns.entries()) {
          const file = recordingName(scenario, column, name);
          names.push(file);
          // In npm test each column without a change, and each change in one column.
          if (amount(i > 0 && j > 0, false)) continue;
          const kept = parse(readFileSync(fileOf({ folder }, `recordings/${file}`), 'utf8'));
          const now = parse(recordScenario(found, column, name));
          expect(now.header.source, `${file}: npm run learn:record`).toEqual(kept.header.source);
          expect(comparable(now), `${file}: npm run learn:record`).toEqual(comparable(kept));
        }
      }
      const there = readdirSync(fileOf({ folder }, 'recordings')).filter((file) =>
        file.startsWith(`${scenario.name}.`),
      );
      expect(there.sort()).toEqual(names.sort());
    },
    TIMEOUT_MS,
  );
});

test('recordings are equal whichever thread the kernel wakes first', () => {
  const header = parse(
    readFileSync(fileOf({ folder: '10-many-waiters' }, 'recordings/herd.shared.jsonl'), 'utf8'),
  ).header;
  const accept = (th: number, t: number, ret: number) => ({
    k: 'call',
    call: 'accept',
    th,
    t,
    d: 1,
    fd: 4,
    ret,
  });
  const recordingOf = (...records: object[]) =>
    parse([header, ...records].map((one) => JSON.stringify(one)).join('\n'));
  const first = recordingOf(accept(1, 10, 20), accept(2, 11, 21));
  expect(comparable(recordingOf(accept(2, 10, 20), accept(1, 11, 21)))).toEqual(comparable(first));
  expect(comparable(recordingOf(accept(1, 10, 20), accept(2, 11, 20)))).not.toEqual(
    comparable(first),
  );
});

test('the terminal player has the recordings of a scenario: its columns and its what-ifs', () => {
  const file = fileOf({ folder: '08-epoll' }, 'recordings/five-clients.poll.all.jsonl');
  const { title, whatIfs } = storyOfFile(file, parse(readFileSync(file, 'utf8')));
  expect(title).toBe('five-clients');
  expect(whatIfs.map(({ name }) => name)).toEqual(['all', '', 'many', 'no-wait']);
  expect(whatIfs[0].timeline().columns.map(({ recording }) => recording.header.variant)).toEqual([
    ...['select, all', 'poll, all', 'epoll, all'],
  ]);
});

test('the herd: four connections cost ten wake-ups, or four where one thread is woken', () => {
  const wakeUps = (column: string) => {
    const file = fileOf({ folder: '10-many-waiters' }, `recordings/herd.${column}.jsonl`);
    const recording = parse(readFileSync(file, 'utf8'));
    return stateAt(recording, stepsOf(recording).length).counters.wakeUps;
  };
  const columns = ['select', 'poll', 'epoll', 'exclusive', 'shared'];
  expect(columns.map(wakeUps)).toEqual([10, 10, 10, 4, 4]);
});

function learn(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'learn', ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('learn --replay prints the recordings of a lesson, or of one scenario', () => {
  const { status, stdout } = learn('11', '--replay');
  expect(status).toBe(0);
  expect(stdout.match(/^ghost, \w+: \d+ steps/gm)).toHaveLength(3);
  expect(learn('--replay', 'ghost').stdout).toBe(stdout);
});

test('a wrong name is one line and exit code 2', () => {
  for (const [args, says] of [
    [['--replay', 'nothing'], "error: unknown scenario 'nothing' (there are: "],
    [['27', '--replay'], 'error: lesson 27 has no scenario'],
    [['27', '--page', '/tmp/page.html'], 'error: lesson 27 has no scenario'],
  ] as const) {
    const { status, stdout, stderr } = learn(...args);
    expect([status, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain(says);
  }
  const { status, stderr } = learn('9', '--page', '/nowhere/page.html');
  expect([status, stderr]).toEqual([
    1,
    "fdselect: ENOENT: no such file or directory, open '/nowhere/page.html'\n",
  ]);
});
