/** The line of one call, from its record. */
import type { CallRecord, FdEvents, FdLists } from '../record/format.js';
import { array, outcome, set, type Words } from './notation.js';

/** The files of the fds; null: they are not shown. */
type Owners = ReadonlyMap<number, string> | null;

/**
 * A call in strace's notation. With owners, details that strace does not know follow in a comment.
 */
export function lineOf(words: Words, record: CallRecord, owners: Owners): string {
  const describe = DESCRIBERS[record.call] ?? other;
  return describe(words, record, owners) + (owners === null ? '' : remark(record));
}

function remark({ by, restarts }: CallRecord): string {
  if (by === 'library') return ' /* not called: fdselect answers this itself */';
  if (restarts === undefined) return '';
  return ` /* interrupted by signals and called again: ${restarts} */`;
}

type Describe = (words: Words, record: CallRecord, owners: Owners) => string;

const shown = (fd: number | undefined, owners: Owners) =>
  owners?.has(fd ?? -1) ? `${fd}<${owners.get(fd ?? -1)}>` : String(fd);

const DESCRIBERS: Record<string, Describe> = {
  poll: (words, record, owners) => {
    const events = (bits: number) => words.poll(bits);
    const entries = (record.in as FdEvents[]).map(([fd, bits]) =>
      fd < 0 ? `{fd=${fd}}` : `{fd=${shown(fd, owners)}, events=${events(bits)}}`,
    );
    const ready = (record.out as FdEvents[]).map(
      ([fd, bits]) => `{fd=${shown(fd, owners)}, revents=${events(bits)}}`,
    );
    const answer = record.ret > 0 ? `${ready.length} (${array(ready)})` : outcome(words, record);
    return `poll(${array(entries)}, ${entries.length}, ${record.timeout}) = ${answer}`;
  },
  select: (words, record) => {
    const out = record.out as FdLists;
    const ready = ['in', 'out', 'except'].flatMap((name, kind) =>
      (out[kind]?.length ?? 0) > 0 ? [`${name} ${set(out[kind] as number[])}`] : [],
    );
    const { timeout, nfds } = record;
    const time =
      timeout === null || timeout === undefined
        ? 'NULL'
        : `{tv_sec=${Math.floor(timeout / 1e6)}, tv_usec=${timeout % 1e6}}`;
    const sets = (record.in as FdLists).map((list) => (list === null ? 'NULL' : set(list)));
    const answer = record.ret > 0 ? `${record.ret} (${ready.join(', ')})` : outcome(words, record);
    return `select(${nfds}, ${sets.join(', ')}, ${time}) = ${answer}`;
  },
  epoll_create1: (words, record) => `epoll_create1(EPOLL_CLOEXEC) = ${outcome(words, record)}`,
  epoll_ctl: (words, record, owners) => {
    const { epfd, op, fd = 0, events } = record;
    const event = op === 'DEL' ? 'NULL' : epollEvent(words, [fd, events ?? 0]);
    const args = `${shown(epfd, owners)}, EPOLL_CTL_${op}, ${shown(fd, owners)}, ${event}`;
    return `epoll_ctl(${args}) = ${outcome(words, record, '0')}`;
  },
  epoll_wait: (words, record, owners) => {
    const events = (record.out as FdEvents[]).map((one) => epollEvent(words, one));
    // The results of a failed call are not shown.
    const answer = record.ret < 0 ? '[]' : array(events);
    const args = `${shown(record.epfd, owners)}, ${answer}, ${record.max}, ${record.timeout}`;
    return `epoll_wait(${args}) = ${outcome(words, record, '0')}`;
  },
};

function epollEvent(words: Words, [fd, events]: FdEvents): string {
  return `{events=${words.epoll(events)}, data={u32=${fd}, u64=${fd}}}`;
}

const other: Describe = (words, record, owners) => {
  const { call, fd, fds, address, text, base64, size, args = [], ret } = record;
  const said = [
    ...(fd === undefined ? [] : [shown(fd, owners)]),
    ...(address === undefined ? [] : [JSON.stringify(address)]),
    ...(text === undefined ? [] : [JSON.stringify(text)]),
    ...(base64 === undefined ? [] : [`base64:${base64}`]),
    ...args.map(String),
    ...(fds === undefined ? [] : [`[${fds.map((one) => shown(one, owners)).join(', ')}]`]),
    ...(size === undefined ? [] : [String(size)]),
  ];
  const answer = call === 'accept' && ret >= 0 ? shown(ret, owners) : outcome(words, record, '0');
  return `${call}(${said.join(', ')}) = ${answer}`;
};
