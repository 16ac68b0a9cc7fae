/** From a recording to steps, state, facts and sentences. */
import { expect, test } from 'vitest';
import { causesOf } from '../../lib/learn/replay/cause.ts';
import { narrate } from '../../lib/learn/replay/narrate.ts';
import { parse } from '../../lib/learn/replay/parse.ts';
import { stateAt } from '../../lib/learn/replay/state.ts';
import { beatsOf, stepsOf } from '../../lib/learn/replay/steps.ts';
import { verify } from '../../lib/learn/replay/verify.ts';
import { call, epollWait, fd, recorded, watchedPair, written } from './recordings.ts';

const IN = 1;
const ET = 0x80000000;

const send = (text: string) =>
  call('send', { fd: 3, file: 'f1', size: text.length, ret: text.length, text });
const recv = (text: string) => call('recv', { fd: 4, file: 'f2', size: 4, ret: text.length, text });

const level = recorded(
  ...watchedPair(IN),
  ...[send('abcdefghij'), epollWait([[4, IN]]), recv('abcd')],
  ...[epollWait([[4, IN]]), recv('efgh'), epollWait([[4, IN]]), recv('ij'), epollWait([])],
);
const edge = recorded(
  ...watchedPair(IN | ET),
  ...[send('abcdefghij'), epollWait([[4, IN]]), recv('abcd'), epollWait([])],
);

test('level-triggered: the file stays on the ready list while data is there', () => {
  const after = stateAt(level, stepsOf(level).length);
  expect(after.files.f2).toMatchObject({ received: 10, inbox: { bytes: 0, text: '' } });
  expect(after.sets.f3).toMatchObject({ ready: [] });
  expect(stateAt(level, 8).sets.f3?.ready).toEqual(['4 f2']);
  // ADD looks at one file; then three answers, and the look that finds nothing.
  expect(after.counters).toMatchObject({ lookedAt: 5, bytesIn: 12, bytesOut: 36, waits: 4 });
});

test('edge-triggered: told once, and six bytes lie there with an empty ready list', () => {
  const after = stateAt(edge, stepsOf(edge).length);
  expect(after.files.f2?.inbox).toEqual({ bytes: 6, text: 'efghij' });
  expect(after.sets.f3?.ready).toEqual([]);
  const last = stepsOf(edge).length - 1;
  expect(narrate(edge, last)).toBe(
    'epoll_wait asks the set of fd 5, which watches 1 fd without waiting. ' +
      'Nothing is ready. 6 bytes can be read from fd 4 all the same.',
  );
  expect(narrate(edge, last - 2)).toContain('Told once; it leaves the ready list.');
  expect(narrate(edge, last - 1)).toBe('recv takes 4 bytes from fd 4 ("abcd"); 6 bytes stay.');
});

test('a signal pipe is a file to read from, and no set', () => {
  const signals = recorded(
    call('pipe', { by: 'signalPipe', ret: 3 }),
    fd(3, 'f1', { type: 'epoll', how: 'signalPipe' }),
  );
  const { files, sets } = stateAt(signals, 1);
  expect([files.f1?.type, sets]).toEqual(['signal pipe', {}]);
});

test('stateAt is seekable: whatever was asked before, a step has one state', () => {
  const steps = stepsOf(level).length;
  const forwards = Array.from({ length: steps + 1 }, (_, n) => stateAt(level, n));
  const fresh = parse(written(...level.records.map((record) => ({ ...record }))));
  for (let n = steps; n >= 0; n--) expect(stateAt(fresh, n)).toEqual(forwards[n]);
  (stateAt(level, steps).files.f2 as { received: number }).received = -1;
  expect(stateAt(level, steps)).toEqual(forwards[steps]);
  expect(() => stateAt(level, steps + 1)).toThrow(RangeError);
});

test('a wait that slept has two steps, with what other threads did between them', () => {
  const slept = recorded(
    ...watchedPair(IN),
    { ...epollWait([[4, IN]]), timeout: -1, t: 100_000, d: 42_000_000 },
    { ...send('hello'), th: 1, t: 42_000_000 },
    { ...recv('hello'), t: 43_000_000 },
  );
  const steps = stepsOf(slept).slice(3);
  expect(steps.map(({ phase }) => phase)).toEqual(['enter', 'whole', 'return', 'whole']);
  const [enter, sent, back] = steps as [(typeof steps)[0], (typeof steps)[0], (typeof steps)[0]];
  expect(stateAt(slept, enter.index + 1).threads[0]?.asleep?.call.call).toBe('epoll_wait');
  expect(causesOf(slept, back)).toEqual([sent]);
  expect(narrate(slept, back.index)).toBe(
    'epoll_wait wakes after 42 ms. Ready: fd 4 (IN). It stays on the ready list. ' +
      'Ended by send on fd 3 in thread 1.',
  );
  expect(beatsOf(slept)).toEqual([{ beat: 1, say: 'epoll_wait: fd 4 IN', step: back.index }]);
});

test('five clients, one speaks: what the specification computes for select, poll and epoll', () => {
  const fds = [20, 21, 22, 23, 27];
  const open = fds.map((n) => fd(n, `f${n}`, { how: 'seen' }));
  const asleep = { timeout: null, d: 5_000_000 };
  const select = (out: number[]) =>
    call('select', { nfds: 28, in: [fds, null, null], out: [out, [], []], ret: 1, ...asleep });
  const twice = recorded(...open, select([23]), { ...select([27]), t: 9_000_000 });
  const after = stateAt(twice, stepsOf(twice).length);
  expect(after.counters).toMatchObject({ bytesIn: 16, bytesOut: 16, lookedAt: 20 });
  const entries = fds.map((n) => [n, IN]);
  const poll = (out: number[]) =>
    call('poll', { in: entries, out: [[...out, IN]], ret: 1, timeout: -1, d: 5_000_000 });
  const polled = recorded(...open, poll([23]), { ...poll([27]), t: 9_000_000 });
  const { counters } = stateAt(polled, stepsOf(polled).length);
  expect(counters).toMatchObject({ bytesIn: 80, bytesOut: 20, lookedAt: 20 });
});

test('EPOLLEXCLUSIVE: only the first set with a sleeping thread gets the file on its ready list', () => {
  const EXCLUSIVE = 0x10000000;
  const set = (th: number, epfd: number) => [
    call('epoll_create1', { ret: epfd, th }),
    fd(epfd, `e${epfd}`, { type: 'epoll', th }),
    call('epoll_ctl', { epfd, op: 'ADD', fd: 3, events: IN | EXCLUSIVE, th }),
  ];
  const asleep = { max: 8, timeout: -1, out: [[3, IN]], ret: 1, t: 100_000, d: 9_000_000 };
  const herd = recorded(
    ...[call('socket', { ret: 3 }), fd(3, 'f1', { type: 'tcp', local: 'a:1' })],
    call('listen', { fd: 3, file: 'f1' }),
    ...[...set(1, 4), ...set(2, 5)],
    // The first thread does not wait now.
    call('epoll_wait', { epfd: 5, th: 2, ...asleep }),
    { ...call('connect', { fd: 9, address: 'a:1' }), t: 5_000_000 },
  );
  const connect = stepsOf(herd).findIndex(
    ({ record }) => 'call' in record && record.call === 'connect',
  );
  const { sets } = stateAt(herd, connect + 1);
  expect([sets.e4?.ready, sets.e5?.ready]).toEqual([['3 f1'], ['3 f1']]);
  const both = recorded(
    ...herd.records.map((record) => ({ ...record })),
    call('epoll_wait', { epfd: 4, th: 1, ...asleep }),
  );
  const after = stateAt(both, connect + 2).sets;
  expect([after.e4?.ready, after.e5?.ready]).toEqual([['3 f1'], []]);
});

test('the ghost: a set watches the file, whatever the number stands for now', () => {
  const pipe = (n: number, file: string, other: string) =>
    fd(n, file, { type: 'pipe', how: 'pipe', other });
  const ghost = recorded(
    ...[pipe(6, 'p1', 'p2'), pipe(7, 'p2', 'p1'), pipe(8, 'p1', 'p2')],
    ...[call('epoll_create1', { ret: 5 }), fd(5, 'e', { type: 'epoll' })],
    call('epoll_ctl', { epfd: 5, op: 'ADD', fd: 6, events: IN }),
    call('close', { fd: 6, file: 'p1' }),
    call('write', { fd: 7, file: 'p2', size: 1, ret: 1, text: 'x' }),
    epollWait([[6, IN]]),
    call('close', { fd: 8, file: 'p1' }),
  );
  const steps = stepsOf(ghost).length;
  const before = stateAt(ghost, steps - 1);
  expect(before.sets.e?.interest).toMatchObject([{ fd: 6, file: 'p1' }]);
  expect(before.fds[6]).toBeUndefined();
  expect(narrate(ghost, 2)).toBe(
    'close frees number 6; its file stays open as fd 8, ' +
      'and an epoll set still watches it under this number.',
  );
  expect(stateAt(ghost, steps).sets.e?.interest).toEqual([]);
  expect(verify(ghost)).toEqual([]);
});

test('a list may be written as that of an earlier line, or as a difference to it', () => {
  const { records } = recorded(
    call('poll', {
      in: [
        [3, 1],
        [4, 1],
      ],
      out: [],
      timeout: 0,
    }),
    call('poll', { in: '=0', out: [], timeout: 0 }),
    call('poll', { in: { base: 1, add: [[9, 4]], del: [3] }, out: [], timeout: 0 }),
    call('select', {
      in: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      out: [[], [], []],
    }),
    call('select', { in: { base: 3, add: [[7], [], []], del: [[1], [], []] }, out: [[], [], []] }),
  );
  expect(records.map((record) => record.k === 'call' && record.in)).toEqual([
    ...[
      [
        [3, 1],
        [4, 1],
      ],
      [
        [3, 1],
        [4, 1],
      ],
      [
        [4, 1],
        [9, 4],
      ],
    ],
    ...[
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [
        [2, 7],
        [3, 4],
        [5, 6],
      ],
    ],
  ]);
});

test('a file that is not a recording, and a damaged one, are refused in a sentence', () => {
  const whole = written(call('close', { fd: 1 }));
  const says = (text: string) => () => parse(text, 'run.jsonl');
  expect(says('')).toThrow('run.jsonl is not a recording: its first line is not JSON.');
  expect(says('{}\n')).toThrow('run.jsonl is not a recording: its first line is not the header');
  expect(says(whole.replace('"version":1', '"version":2'))).toThrow(
    'is in version 2 of the format',
  );
  expect(says(whole.slice(0, -5))).toThrow('run.jsonl is damaged: line 2 is not JSON.');
  expect(says(whole.replace('"ret":0', '"ret":"0"'))).toThrow("line 2 has no number 'ret'.");
  expect(says(written(call('poll', { in: '=7' })))).toThrow(
    'refers to the list of line 7, which is not there.',
  );
  expect(parse(`${whole}{"k":"later","x":1}\n`).records).toHaveLength(1);
});

test('verify finds an answer that was not asked for, a wrong count and an fd that is not open', () => {
  const problems = (...lines: Parameters<typeof recorded>) =>
    verify(recorded(...lines)).map(({ sentence }) => sentence);
  expect(verify(level)).toEqual([]);
  expect(verify(edge)).toEqual([]);
  expect(problems(...watchedPair(IN), epollWait([[9, IN]]))).toEqual([
    'epoll_wait answers fd 9, which it was not asked about.',
  ]);
  expect(problems(...watchedPair(IN), epollWait([[4, IN]], { ret: 2 }))).toEqual([
    'epoll_wait answers 2, and its answer has 1.',
  ]);
  expect(problems(call('recv', { fd: 7, size: 1, ret: 1 }))).toEqual([
    'recv uses fd 7, which is not open in the derived table.',
  ]);
  expect(problems(...watchedPair(IN), recv('abcd'))).toEqual([
    'more bytes were received from file f2 than this process has sent to it.',
  ]);
  const list = { k: 'list' as const, epfd: 5, entries: [{ fd: 4, events: 29 }] };
  expect(problems(...watchedPair(IN), list)).toEqual([
    'the interest list of fd 5 is [4 25]; the kernel says [4 29].',
  ]);
});
