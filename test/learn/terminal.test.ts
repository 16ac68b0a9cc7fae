/** The terminal player: what is on the screen after each key, and the terminal before and after. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { PageScenario } from '../../lib/learn/page/data.ts';
import { gapAfter } from '../../lib/learn/replay/pace.ts';
import { parse } from '../../lib/learn/replay/parse.ts';
import { placeAt, positionsOf } from '../../lib/learn/replay/scrubber.ts';
import type { Column } from '../../lib/learn/replay/timeline.ts';
import { columnOf, timelineOf } from '../../lib/learn/replay/timeline.ts';
import { KeyReader } from '../../lib/learn/terminal/keys.ts';
import { lookOf } from '../../lib/learn/terminal/look.ts';
import { screen } from '../../lib/learn/terminal/screen.ts';
import { scrubber } from '../../lib/learn/terminal/scrubber.ts';
import { storyOf } from '../../lib/learn/terminal/story.ts';
import { indexIn, press, timelineAt, viewOf } from '../../lib/learn/terminal/view.ts';
import { until } from '../support/server.ts';
import { Terminal } from '../support/terminal.ts';
import { call, epollWait, fd, watchedPair, written } from './recordings.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fdselect-terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const send = call('send', { fd: 3, file: 'f1', size: 5, ret: 5, text: 'hello' });
const recv = call('recv', { fd: 4, file: 'f2', size: 9, ret: 5, text: 'hello' });
const beats = [
  { k: 'mark' as const, beat: 1, say: 'the client speaks', t: 50_000 },
  { ...send, t: 60_000 },
  { k: 'mark' as const, beat: 2, say: 'the server waits', t: 70_000 },
];
const epollText = written(
  ...watchedPair(1),
  ...beats,
  { ...epollWait([[4, 1]]), t: 80_000 },
  { ...recv, t: 90_000 },
);
const selectText = written(
  call('socketpair', { fds: [3, 4] }),
  fd(3, 'f1', { other: 'f2', t: 1000 }),
  fd(4, 'f2', { other: 'f1', t: 1000 }),
  ...beats,
  {
    ...call('select', { nfds: 5, in: [[3, 4], null, null], out: [[4], [], []], ret: 1 }),
    t: 80_000,
  },
);
/** A recording says of which scenario it is a variant. */
const variant = (text: string, name: string) =>
  text.replace('{"fdselect"', `{"scenario":"talk","variant":"${name}","fdselect"`);
const file = join(folder, 'epoll.jsonl');
writeFileSync(file, variant(epollText, 'epoll'));
writeFileSync(join(folder, 'select.jsonl'), variant(selectText, 'select'));
writeFileSync(join(folder, 'notes.jsonl'), 'no recording');

const look = lookOf({ LANG: 'C', NO_COLOR: '1' });
const scenario: PageScenario = {
  name: 'talk',
  title: 'A talk',
  predictions: [
    {
      beat: 1,
      question: 'What does the client do?',
      choices: [
        { text: 'It sleeps', why: 'It has nothing to wait for.' },
        { text: 'It speaks', isRight: true, why: 'Its send is the next call.' },
      ],
    },
  ],
  whatIfs: [
    {
      ...{ name: '', title: 'one client' },
      columns: [
        { name: 'select', text: selectText },
        { name: 'epoll', text: epollText },
      ],
    },
    {
      ...{ name: 'twice', title: 'epoll, twice', change: { from: 'select()', to: 'epoll.poll()' } },
      columns: [
        { name: 'select', text: epollText },
        { name: 'epoll', text: epollText },
      ],
    },
  ],
};
const view = (predictions = scenario.predictions) => viewOf(storyOf({ ...scenario, predictions }));

test('the bytes of keys', () => {
  const bytes = '\x1b[C\x1b[D\x1b[1;2Cq \x1b[H\x1bOF?\x1b';
  const names = ['right', 'left', 'shift-right', 'q', 'space', 'home', 'end', '?', 'escape'];
  const reader = new KeyReader();
  expect([...reader.keys(Buffer.from(bytes)), ...reader.rest()]).toEqual(names);
});

test.each([1, 2, 3, 5])('keys whose bytes are read %i at a time', (size) => {
  const bytes = Buffer.from('\x1b[1;2C\x1bOHé\x1b[D€q\x1b');
  const reader = new KeyReader();
  const keys: string[] = [];
  for (let i = 0; i < bytes.length; i += size) {
    keys.push(...reader.keys(bytes.subarray(i, i + size)));
  }
  expect(keys).toEqual(['shift-right', 'home', 'é', 'left', '€', 'q']);
  expect(reader.isUnfinished).toBe(true);
  expect(reader.rest()).toEqual(['escape']);
  expect(reader.isUnfinished).toBe(false);
});

test('columns are aligned by beat; one that has finished its beat stays at its last step', () => {
  const player = view([]);
  const [select, epoll] = timelineAt(player).columns as [Column, Column];
  const places = () => [indexIn(select, player), indexIn(epoll, player)];
  const seen = [places()];
  for (const key of ['right', 'right', 'right', 'right', 'right', 'right']) {
    press(player, key);
    seen.push(places());
  }
  expect(seen).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [2, 5],
    [2, 5],
  ]);
  press(player, 'shift-left');
  expect(places()).toEqual([2, 4]);
  press(player, 'left');
  expect(places()).toEqual([1, 3]);
  press(player, 'home');
  expect(places()).toEqual([0, 0]);
  press(player, 'end');
  expect(places()).toEqual([2, 5]);
});

test('what is shown: bits, lists and counters side by side; ASCII, no colours, no wider than it is', () => {
  const player = view([]);
  press(player, 'end');
  const lines = screen(player, [24, 120], look).replace('\x1b[H', '').split('\r\n');
  expect(lines).toHaveLength(24);
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]{120}$/);
  const text = lines.join('\n');
  for (const shown of [
    /select {2}waits: 1 call fewer +\| epoll/,
    /in {5}1 {3}1/,
    /out {4}0 {3}1/,
    /interest list {2}4/,
    /beat 3 of 3, step 2 of 2 - the server waits/,
  ]) {
    expect(text).toMatch(shown);
  }
  const narrow = screen(player, [24, 80], look);
  expect(narrow).toContain('[1 select]  2 epoll ');
  expect(narrow).not.toContain('interest list');
  press(player, '2', 80);
  expect(screen(player, [24, 80], look)).toContain(' 1 select  [2 epoll]');
  expect(screen(player, [24, 80], look)).toContain('interest list');
  press(player, '2', 80);
  expect(screen(player, [24, 80], look)).toContain('interest list');
  press(player, 't');
  expect(screen(player, [24, 80], look)).toMatch(/> +6 {2}recv takes 5 bytes from fd 4/);
  for (const size of [
    [1, 10],
    [3, 20],
    [200, 400],
  ] as const)
    screen(player, size, look);
});

test('while another thread acts, the wait of the thread that sleeps is shown', () => {
  const asked = { nfds: 5, in: [[3, 4], null, null], out: [[4], [], []], timeout: null, ret: 1 };
  const text = written(
    call('select', { ...asked, t: 10_000, d: 5e6 }),
    call('write', { th: 1, fd: 3, size: 5, ret: 5, t: 1e6 }),
    call('recv', { fd: 4, size: 9, ret: 5, t: 6e6 }),
  );
  const columns = [{ name: 'select', text }];
  const player = viewOf(
    storyOf({ ...scenario, predictions: [], whatIfs: [{ name: '', title: '', columns }] }),
  );
  press(player, 'right');
  const shown = screen(player, [30, 80], look);
  expect(shown).toContain('write gives 5 bytes');
  expect(shown).toMatch(
    /select read +\r\n {2}fd {5}3 {3}4 +\r\n {2}in {5}1 {3}1 +\r\n {2}out {4}\. {3}\./,
  );
  expect(shown).toContain('1 call, 0 waits');
});

test('a narrow terminal keeps the keys for help and to leave, and marks what is cut', () => {
  const player = view([]);
  press(player, 'end');
  const foot = (width: number) => screen(player, [24, width], look).split('\r\n').slice(-2);
  expect(foot(30)).toEqual(['beat 3 of 3, step 2 of 2 - th~', 'q: leave   ?: help            ']);
  expect(foot(120)[1]).toMatch(/^q: leave {3}\?: help .* w: what if +$/);
});

test('a prediction is asked before its beat; an answer says why, and the next step follows', () => {
  const player = view();
  const shown = () => screen(player, [30, 80], look);
  press(player, 'shift-right');
  expect(shown()).toContain('Before you see it: What does the client do?');
  expect(shown()).toMatch(/beat 1 of 3, step 1 of 3/);
  press(player, '1');
  expect(shown()).toMatch(/x 1 {2}It sleeps +\r\n \* 2 {2}It speaks/);
  expect(shown()).toContain('No. It has nothing to wait for.');
  press(player, '2');
  expect(shown()).toContain('Yes. Its send is the next call.');
  press(player, 'right');
  expect(shown()).toMatch(/beat 1 of 3, step 2 of 3/);
  expect(shown()).not.toContain('Before you see it');
  press(player, 'home');
  press(player, 'shift-right');
  expect(shown()).toMatch(/beat 2 of 3, step 1 of 1/); // it is asked once
  const silent = view();
  press(silent, 'p');
  press(silent, 'shift-right');
  expect(screen(silent, [30, 80], look)).toMatch(/beat 2 of 3, step 1 of 1/);
});

test('a what-if is another set of recordings at the same beat, with the lines that differ', () => {
  const player = view([]);
  press(player, 'shift-right');
  press(player, 'shift-right');
  expect(screen(player, [30, 120], look)).toContain('What if (1 of 2): one client');
  press(player, 'w');
  const text = screen(player, [30, 120], look);
  expect(text).toMatch(
    /What if \(2 of 2\): epoll, twice +\r\n {2}- select\(\) +\r\n {2}\+ epoll.poll/,
  );
  expect(text).toMatch(/beat 3 of 3, step 1 of 2/);
  press(player, 'w');
  expect(screen(player, [30, 120], look)).toMatch(/What if \(1 of 2\)/);
});

test('the speeds: by step, a tenth of real time, real time; a long sleep is shortened, and said', () => {
  const slow = timelineOf([
    columnOf(
      'poll',
      parse(
        written(
          { ...call('close', { fd: 9 }), t: 0 },
          { ...call('poll', { in: [], out: [], timeout: 42 }), t: 2_000_000, d: 42_000_000 },
        ),
      ),
    ),
  ]);
  expect(gapAfter(slow, 1, 'step')).toEqual({ ms: 1500, says: null });
  expect(gapAfter(slow, 1, '0.1x')).toEqual({ ms: 20, says: null });
  expect(gapAfter(slow, 2, '0.1x')).toEqual({ ms: 300, says: 'asleep for 42 ms' });
  expect(gapAfter(slow, 2, '1x')).toEqual({ ms: 42, says: null });
  expect(gapAfter(slow, 3, '1x')).toEqual({ ms: 0, says: null });
  const player = view([]);
  for (const speed of ['0.1x', '1x', 'by step']) {
    press(player, 's');
    expect(screen(player, [24, 100], look)).toContain(`s: ${speed}`);
  }
});

test('the scrubber: a part for each beat; of more than 5000 steps the time, and how dense they are', () => {
  const line = (player: ReturnType<typeof view>) =>
    scrubber(timelineAt(player), player.place, 30, look);
  const player = view([]);
  expect(line(player)).toBe('===O------+--------+----------');
  press(player, 'end');
  expect(line(player)).toBe('==========+========+=========O');
  // 6000 calls in the first tenth of the time, and one at its end.
  const calls = Array.from({ length: 6000 }, (_, n) => ({
    ...call('close', { fd: 9 }),
    t: 100 * n,
  }));
  const text = written(...calls, { ...call('close', { fd: 9 }), t: 6_000_000 });
  const dense = viewOf(
    storyOf({
      ...{ name: 'dense', title: 'dense', predictions: [] },
      whatIfs: [{ name: '', title: '', columns: [{ name: 'one', text }] }],
    }),
  );
  expect(line(dense)).toBe('O##                          .');
  press(dense, 'end');
  expect(line(dense)).toBe('###                          O');
  const timeline = timelineAt(dense);
  for (const place of [0, 2, 3000, 6001]) {
    expect(placeAt(timeline, positionsOf(timeline)[place] as number)).toBe(place);
  }
});

const ESCAPES = { enter: '\x1b[?1049h', leave: '\x1b[?1049l' };
const command = ['env', 'NO_COLOR=1', process.execPath, CLI, 'replay', file];

test('in a terminal it plays; keys move it; q leaves the terminal as it was', async () => {
  await using terminal = new Terminal(command);
  await terminal.shows('step 1 of 3');
  expect(terminal.echoes).toBe(false);
  terminal.type('\x1b[1;2C');
  await terminal.shows('the client speaks');
  terminal.type('q');
  expect(await terminal.finished()).toMatchObject({ code: 0 });
  expect(terminal.echoes).toBe(true);
  expect(terminal.shown).toContain(ESCAPES.enter);
  expect(terminal.shown.endsWith(ESCAPES.leave)).toBe(true);
});

test('in a terminal the bytes of a key may come one after the other; Escape alone leaves', async () => {
  await using terminal = new Terminal(command);
  await terminal.shows('step 1 of 3');
  // Each is a read of its own where the player is quick: what is shown is the same.
  for (const byte of '\x1b[1;2C') {
    terminal.type(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await terminal.shows('the client speaks');
  terminal.type('\x1b');
  expect(await terminal.finished()).toMatchObject({ code: 0 });
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s: the terminal is as it was',
  async (signal) => {
    await using terminal = new Terminal(command);
    await terminal.shows('step 1 of 3');
    terminal.child.process.kill(signal);
    expect(await terminal.finished()).toMatchObject({ signal });
    expect(terminal.echoes).toBe(true);
    expect(terminal.shown.endsWith(ESCAPES.leave)).toBe(true);
  },
);

test('a lesson is printed where the pager is missing', async () => {
  const settings = ['NO_COLOR=1', 'PAGER=/nowhere/less', `XDG_STATE_HOME=${folder}`];
  await using terminal = new Terminal(['env', ...settings, process.execPath, CLI, 'learn', '27']);
  await terminal.shows('27 · Outlook');
  expect(await terminal.finished()).toMatchObject({ code: 0 });
});

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
if (!hasTmux) console.log('the player in tmux: skipped, tmux is not installed');

test.skipIf(!hasTmux)(
  'in tmux: two columns, a key, a smaller window, and the shell again',
  async () => {
    const socket = join(folder, 'tmux');
    const tmux = (...args: string[]) =>
      spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' }).stdout;
    const shows = (text: RegExp) =>
      until(() => text.test(tmux('capture-pane', '-p')), String(text));
    try {
      tmux('new-session', '-d', '-x', '130', '-y', '30', 'sh');
      tmux('send-keys', `${command.join(' ')}; echo code $?`, 'Enter');
      await shows(/select .* epoll[\s\S]*beat 1 of 3, step 1 of 3/);
      tmux('send-keys', 'Right');
      await shows(/beat 1 of 3, step 2 of 3/);
      tmux('resize-window', '-x', '60', '-y', '20');
      await shows(/^\[1 select] {2}2 epoll *\n\s*\nselect {2}waits: 1 call fewer *\n/);
      tmux('send-keys', '2');
      await shows(/^ 1 select {2}\[2 epoll]/);
      tmux('send-keys', 'q');
      await shows(/code 0/);
      expect(tmux('capture-pane', '-p')).not.toContain('beat');
    } finally {
      tmux('kill-server');
    }
  },
);
