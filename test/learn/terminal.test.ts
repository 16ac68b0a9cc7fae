/** The terminal player: what is on the screen after each key, and the terminal before and after. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parse } from '../../lib/learn/replay/parse.ts';
import { KeyReader } from '../../lib/learn/terminal/keys.ts';
import { lookOf } from '../../lib/learn/terminal/look.ts';
import { screen } from '../../lib/learn/terminal/screen.ts';
import { columnOf, indexIn, press, viewOf } from '../../lib/learn/terminal/view.ts';
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
const view = () =>
  viewOf([columnOf(parse(selectText), 'select'), columnOf(parse(epollText), 'epoll')]);

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
  const player = view();
  const [select, epoll] = player.columns as [
    (typeof player.columns)[0],
    (typeof player.columns)[0],
  ];
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
  const player = view();
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
  expect(narrow).toContain('select');
  expect(narrow).not.toContain('interest list');
  press(player, '1');
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
      await shows(/^select {2}waits: 1 call fewer *\n/);
      tmux('send-keys', 'q');
      await shows(/code 0/);
      expect(tmux('capture-pane', '-p')).not.toContain('beat');
    } finally {
      tmux('kill-server');
    }
  },
);
