/**
 * Facts that no program can see, computed from a record: bytes that are copied to and from the
 * kernel, and files that the kernel looks at. Marked ○ in a replay.
 */
import type { CallRecord, FdEvents, FdLists, Header } from './format.js';

/** The event bits of Linux, which are those of poll and epoll alike. */
export const EVENT = {
  IN: 0x1,
  PRI: 0x2,
  OUT: 0x4,
  ERR: 0x8,
  HUP: 0x10,
  NVAL: 0x20,
  RDHUP: 0x2000,
  EXCLUSIVE: 0x10000000,
  ONESHOT: 0x40000000,
  ET: 0x80000000,
} as const;

const POLLFD_BYTES = 8;
const REVENTS_BYTES = 2;

/** Whether `events` has the bit; they may be signed. */
export function hasBit(events: number, bit: number): boolean {
  return (events & bit) !== 0;
}

/** The fds of a wait with the asked events; those of select as IN, OUT and PRI. */
export function askedFds(record: CallRecord): FdEvents[] {
  return asEvents(record.call, record.in);
}

/** The ready fds of a wait with their events; those of select as IN, OUT and PRI. */
export function answeredFds(record: CallRecord): FdEvents[] {
  return asEvents(record.call, record.out).filter(([, events]) => events !== 0);
}

const KINDS = [EVENT.IN, EVENT.OUT, EVENT.PRI];

function asEvents(call: string, list: CallRecord['in']): FdEvents[] {
  if (list === undefined) return [];
  if (call !== 'select') return list as FdEvents[];
  const found = new Map<number, number>();
  for (const [kind, fds] of (list as FdLists).entries()) {
    for (const fd of fds ?? []) found.set(fd, (found.get(fd) ?? 0) | (KINDS[kind] as number));
  }
  return [...found];
}

/** How many bytes a call copies to the kernel and back. */
export function copied(header: Header, record: CallRecord): { in: number; out: number } {
  if (record.by === 'library') return { in: 0, out: 0 };
  const hasAnswer = record.ret >= 0;
  switch (record.call) {
    case 'select': {
      const sets = (record.in as FdLists).filter((list) => list !== null).length;
      const words = Math.ceil((record.nfds ?? 0) / header.wordBits);
      const bytes = (sets * words * header.wordBits) / 8;
      return { in: bytes, out: hasAnswer ? bytes : 0 };
    }
    case 'poll': {
      const { length } = record.in as FdEvents[];
      return { in: POLLFD_BYTES * length, out: hasAnswer ? REVENTS_BYTES * length : 0 };
    }
    case 'epoll_wait':
      return { in: 0, out: hasAnswer ? header.epollEventBytes * record.ret : 0 };
    case 'epoll_ctl':
      return { in: record.op === 'DEL' ? 0 : header.epollEventBytes, out: 0 };
    default:
      return { in: 0, out: 0 };
  }
}

/** How many files one look of select or poll takes; a wait that sleeps looks twice. */
export function filesInOneLook(record: CallRecord): number {
  if (record.by === 'library') return 0;
  return askedFds(record).filter(([fd]) => fd >= 0).length;
}
