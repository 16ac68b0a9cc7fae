/** Recordings written by hand, for tests that need no kernel. */
import type { Header, Rec } from '../../lib/learn/replay/format.ts';
import { parse } from '../../lib/learn/replay/parse.ts';

const HEADER: Header = {
  ...{ fdselect: 'recording', version: 1, by: 'fdselect test', runtime: 'node', os: 'Linux' },
  ...{ epollEventBytes: 12, wordBits: 64, pid: 1, started: '', clock: '', data: 'all' },
};

/** The text of a recording: each line gets its number, and a time 10 µs after the one before. */
export function written(...lines: (Partial<Rec> & Record<string, unknown>)[]): string {
  const records = lines.map((line, i) => ({ i, t: 10_000 * i, d: 1000, th: 0, ...line }));
  return [HEADER, ...records].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function recorded(...lines: Parameters<typeof written>) {
  return parse(written(...lines));
}

export const call = (name: string, fields: Record<string, unknown>) => ({
  ...{ k: 'call' as const, call: name, ret: 0 },
  ...fields,
});

export const fd = (number: number, file: string, fields: Record<string, unknown> = {}) => ({
  ...{ k: 'fd' as const, fd: number, file, type: 'unix', how: 'socketpair' },
  ...fields,
});

/** A socket pair, fd 3 and fd 4, the second watched by the epoll set of fd 5. */
export const watchedPair = (events: number) => [
  call('socketpair', { fds: [3, 4] }),
  fd(3, 'f1', { other: 'f2', t: 1000 }),
  fd(4, 'f2', { other: 'f1', t: 1000 }),
  call('epoll_create1', { ret: 5, t: 2000 }),
  fd(5, 'f3', { type: 'epoll', how: 'epoll_create1', t: 3000 }),
  call('epoll_ctl', { epfd: 5, op: 'ADD', fd: 4, events, t: 4000 }),
];

export const epollWait = (out: [number, number][], fields: Record<string, unknown> = {}) =>
  call('epoll_wait', { epfd: 5, max: 8, timeout: 0, out, ret: out.length, ...fields });
