/** The calls of a program as strace reports them, in the form of a recording. */
import type { CallRecord, FdEvents, FdLists, Recording } from '../../lib/learn/replay/format.ts';

/** One call: its name, what it was asked, and what the kernel answered. */
export type Call = [name: string, asked: string, answer: string];

const NAMES: Record<string, string> = {
  ...{
    accept4: 'accept',
    pselect6: 'select',
    sendto: 'send',
    recvfrom: 'recv',
    recvfromto: 'recv',
  },
};
/** Calls on file descriptors that both show, one by one. */
const COMPARED = new Set([
  ...['socket', 'bind', 'listen', 'setsockopt', 'accept', 'connect', 'shutdown', 'send', 'recv'],
  ...['read', 'close', 'poll', 'select', 'epoll_ctl', 'epoll_wait'],
]);

/**
 * The calls of the main thread in the output of `strace -f`, without those on the recording and on
 * Node's own files, whose numbers may be those of the program's files later. The programs open no file
 * by its name but /dev/null.
 */
export function straceCalls(output: string): Call[] {
  const lines = output.split('\n');
  const main = lines[0]?.split(' ')[0];
  let unfinished = '';
  const opened = new Set<string>();
  const calls: Call[] = [];
  for (const line of lines) {
    const [, thread, rest = ''] = /^(\d+) +[\d.]+ (.*)$/.exec(line) ?? [];
    if (thread !== main) continue;
    if (rest.endsWith(' <unfinished ...>')) {
      // One space is strace's own; another one is that before the next argument.
      unfinished = rest.replace(/ <unfinished \.\.\.>$/, '');
      continue;
    }
    const whole = rest.replace(/^<\.\.\. \w+ resumed>/, () => unfinished);
    const [, name = '', args = '', answer = ''] = /^(\w+)\((.*)\) += (.*)$/.exec(whole) ?? [];
    if (name === 'openat' && !args.includes('"/dev/null"')) opened.add(answer);
    const fd = args.split(',')[0] as string;
    if (opened.has(fd)) {
      if (name === 'close') opened.delete(fd);
      continue;
    }
    const known = NAMES[name] ?? name;
    if (!COMPARED.has(known) || (known === 'poll' && isLook(args))) continue;
    calls.push([known, askedOf(known, args), answerOf(answer)]);
  }
  return calls;
}

/** Whether the recorder itself asks if a call of the program would sleep; see record/look.ts. */
const isLook = (args: string) => /\{fd=-2\}\], \d+, 0$/.test(args);

/** Numbers only: the fds of a wait with their events, the fd of another call. */
function askedOf(name: string, args: string): string {
  if (name === 'poll') {
    const entries = [...args.matchAll(/\{fd=(-?\d+)(?:, events=([\w|]+))?\}/g)];
    const fds = entries.slice(0, Number(/\], (\d+), -?\d+$/.exec(args)?.[1]));
    return `${fds.map(([, fd]) => fd)} ${/-?\d+$/.exec(args)?.[0]}`;
  }
  if (name === 'select') {
    const [, nfds, sets] = /^(\d+), (.*), (?:NULL|\{[^}]*\}), NULL$/.exec(args) ?? [];
    return `${nfds}, ${sets}`;
  }
  if (name === 'epoll_ctl') {
    const [, epfd, op, fd] = /^(\d+), EPOLL_CTL_(\w+), (\d+)/.exec(args) ?? [];
    return `${epfd} ${op} ${fd}`;
  }
  if (name === 'epoll_wait') {
    const [, epfd, max, timeout] = /^(\d+), .*, (\d+), (-?\d+)$/.exec(args) ?? [];
    const fds = [...args.matchAll(/u32=(\d+)/g)].map(([, fd]) => fd);
    return `${epfd} ${fds} ${max} ${timeout}`;
  }
  return name === 'socket' ? '' : (args.split(',')[0] as string);
}

function answerOf(answer: string): string {
  const [, number = '', errno] = /^(-?\d+)(?: (E\w+))?/.exec(answer) ?? [];
  return answer.startsWith('?') ? 'EINTR' : (errno ?? number);
}

/**
 * The same of a recording's main thread, from its first socket on; what the library made for itself
 * is left out.
 */
export function recordedCalls(recording: Recording): Call[] {
  const calls = recording.records.flatMap((record): Call[] => {
    if (record.k !== 'call' || record.th !== 0 || record.by !== undefined) return [];
    const name = NAMES[record.call] ?? record.call;
    if (!COMPARED.has(name)) return [];
    return [[name, askedOfRecord(name, record), record.errno ?? String(record.ret)]];
  });
  return calls.slice(calls.findIndex(([name]) => name === 'socket'));
}

function askedOfRecord(name: string, record: CallRecord): string {
  const { epfd, fd, op, max, timeout } = record;
  if (name === 'poll') return `${(record.in as FdEvents[]).map(([one]) => one)} ${timeout}`;
  if (name === 'select') {
    const sets = (record.in as FdLists).map((list) => {
      if (list === null) return 'NULL';
      return `[${[...new Set(list)].sort((a, b) => a - b).join(' ')}]`;
    });
    return `${record.nfds}, ${sets.join(', ')}`;
  }
  if (name === 'epoll_ctl') return `${epfd} ${op} ${fd}`;
  if (name === 'epoll_wait') {
    return `${epfd} ${(record.out as FdEvents[]).map(([one]) => one)} ${max} ${timeout}`;
  }
  return name === 'socket' ? '' : String(fd);
}

/**
 * The calls of strace that are on the program's own files: from its first socket on, without those of
 * the runtime, which are on other fds.
 */
export function ofProgram(calls: Call[], recorded: Call[]): Call[] {
  const own = new Set(recorded.map(([name, asked]) => `${name} ${fdOf(name, asked)}`));
  const first = calls.findIndex(
    ([name, , answer]) => name === 'socket' && answer === recorded[0]?.[2],
  );
  return calls.slice(first).filter(([name, asked]) => {
    return name === 'select' || name === 'poll' || own.has(`${name} ${fdOf(name, asked)}`);
  });
}

const fdOf = (name: string, asked: string) =>
  name.startsWith('epoll') ? asked.split(' ')[0] : asked;

/**
 * One call where a signal has made the library call again: what was asked at first, with the time of
 * that, and what was answered at last.
 */
export function withoutRestarts(calls: Call[]): Call[] {
  let timeout: string | null = null;
  return calls.flatMap(([name, asked, answer]): Call[] => {
    const first: string = timeout === null ? asked : asked.replace(/-?\d+$/, timeout);
    timeout = answer === 'EINTR' && name !== 'select' ? (/-?\d+$/.exec(first)?.[0] ?? '') : null;
    return answer === 'EINTR' ? [] : [[name, first, answer]];
  });
}
