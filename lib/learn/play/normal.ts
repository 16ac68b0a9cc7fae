/**
 * Puts recordings into a form that can be stored and compared: it replaces the numbers of this
 * process and of this run (fds, inodes, ports, ids of files) by small ones in the order of their
 * first use.
 */
import type { CallRecord, FdEvents, FdLists, FdRecord, Rec, Recording } from '../replay/format.js';

/** The calls that return a new file descriptor. */
const OPENING = new Set([
  ...['socket', 'accept', 'dup', 'dup2', 'open', 'epoll_create1', 'eventfd', 'memfd_create'],
  ...['timerfd_create', 'pidfd_open', 'inotify_init1'],
]);
const FIRST_FD = 3;
const FIRST_INODE = 1001;
const FIRST_PORT = 40_001;
const MICROSECOND = 1000;
/** The unit of times in long recordings, whose times would otherwise be most of their size. */
export const MILLISECOND = 1_000_000;

/** Assigns numbers to keys in the order of their first use. */
class Numbers<T> {
  readonly #known = new Map<T, number>();
  readonly #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  of(key: T): number {
    const known = this.#known.get(key) ?? this.#first + this.#known.size;
    this.#known.set(key, known);
    return known;
  }
}

/** Additions to the header of a stored recording. */
export interface About {
  scenario: string;
  variant: string;
  source: Record<string, string>;
}

/** The text of a recording in its kept form, with times in units of so many nanoseconds. */
export function normalText(recording: Recording, about: About, unit = MICROSECOND): string {
  const { header } = recording;
  const { origin: _, ...kept } = header;
  const lines = [{ ...kept, pid: 1, ...about }, ...normalRecords(recording, unit)];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const rounded = (time: number, unit: number) => Math.round(time / unit) * unit;

/** The records with small numbers, in order of time; times in whole units of so many nanoseconds. */
function normalRecords({ header, records }: Recording, unit = MICROSECOND): Rec[] {
  const renumbered = renumber(records, header.pid);
  const hasLists = records.some(({ k }) => k === 'list');
  const start = records[0]?.t ?? 0;
  return renumbered.map((record) => {
    const t = rounded(record.t - start, unit);
    const d =
      record.k === 'call' && record.d >= unit ? { d: rounded(record.d, unit) } : { d: undefined };
    const { th, i: _, ...rest } = record;
    // Inodes are only needed to find files in the kernel's lists.
    if (!hasLists && rest.k === 'fd') delete rest.inode;
    // The main thread and the number of the line are the defaults.
    return { ...rest, t, ...d, ...(th !== 0 && { th }) } as Rec;
  });
}

/** @param pid - of the process, which names of temporary files may have in them */
function renumber(records: readonly Rec[], pid: number): Rec[] {
  const fds = new Numbers<number>(FIRST_FD);
  const inodes = new Numbers<number>(FIRST_INODE);
  const ports = new Numbers<string>(FIRST_PORT);
  const files = new Numbers<string>(1);
  const threads = new Numbers<number>(0);
  threads.of(0);
  const fd = (number: number) => (number < FIRST_FD ? number : fds.of(number));
  const file = (id: string) => `f${files.of(id)}`;
  const address = (text: string) =>
    text
      .replace(/:([1-9]\d*)$/, (_, port: string) => `:${ports.of(port)}`)
      .replace(new RegExp(`-${pid}$`), '-1');
  const pairs = (list: readonly FdEvents[]) =>
    list.map(([number, events]): FdEvents => [fd(number), events]);
  const wait = (list: CallRecord['in'], call: string) =>
    call === 'select'
      ? ((list as FdLists).map((one) => one?.map(fd) ?? null) as FdLists)
      : pairs(list as FdEvents[]);

  /** Applies a function to a field, if the record has it. */
  function change<T extends object, K extends keyof T>(
    record: T,
    key: K,
    by: (value: NonNullable<T[K]>) => T[K],
  ): void {
    const value = record[key];
    if (value !== undefined && value !== null) record[key] = by(value);
  }

  const changeCall = (record: CallRecord) => {
    const { call } = record;
    for (const key of ['fd', 'epfd'] as const) change(record, key, fd);
    change(record, 'fds', (list) => list.map(fd));
    change(record, 'file', file);
    change(record, 'address', address);
    for (const key of ['in', 'out'] as const) change(record, key, (list) => wait(list, call));
    const isSignalPipe = call === 'pipe' && record.by === 'signalPipe';
    if ((OPENING.has(call) || isSignalPipe) && record.ret >= 0) record.ret = fd(record.ret);
    if (call === 'dup2') change(record, 'args', (args) => args.map((one) => fd(one as number)));
    if (call === 'select') record.nfds = 1 + highest(record.in as FdLists);
  };
  const changeFd = (record: FdRecord) => {
    record.fd = fd(record.fd);
    record.file = file(record.file);
    for (const key of ['local', 'peer'] as const) change(record, key, address);
    change(record, 'inode', (inode) => inodes.of(inode));
    change(record, 'other', file);
  };

  return records.map((original) => {
    const record = structuredClone(original);
    record.th = threads.of(record.th);
    if (record.k === 'call') changeCall(record);
    else if (record.k === 'fd') changeFd(record);
    else if (record.k === 'list') {
      record.epfd = fd(record.epfd);
      // The kernel's order is that of addresses in its memory.
      record.entries = record.entries
        .map((entry) => ({
          ...entry,
          fd: fd(entry.fd),
          ...(entry.inode !== undefined && { inode: inodes.of(entry.inode) }),
        }))
        .sort((a, b) => a.fd - b.fd || (a.inode ?? 0) - (b.inode ?? 0));
    } else if (record.k === 'asleep') record.of = threads.of(record.of);
    else if (record.k === 'begin') change(record, 'fd', fd);
    return record;
  });
}

function highest(lists: FdLists): number {
  return Math.max(-1, ...lists.flatMap((list) => list ?? []));
}

/**
 * The part that must be equal in two recordings of a scenario: the calls of each thread, in order.
 * Times are not compared, and so not the order of simultaneous calls of two threads.
 */
export function comparable({ header, records: all }: Recording): string[] {
  // Thread by thread, so that the small numbers do not depend on which thread was woken first.
  const byThread = all.toSorted((a, b) => a.th - b.th);
  const records = normalRecords({ header, records: byThread });
  const threads = [...new Set(records.map(({ th = 0 }) => th))].sort((a, b) => a - b);
  return threads.flatMap((thread) =>
    records
      .filter(({ th = 0 }) => th === thread)
      .map(({ t: _, ...rest }) => {
        const { d: __, timeout, ...kept } = rest as Partial<CallRecord>;
        // A timeout may be what is left of a time.
        const wait = timeout === undefined ? {} : { sleeps: timeout !== 0 };
        const fields = Object.entries({ ...kept, ...wait }).sort(([a], [b]) => (a < b ? -1 : 1));
        // The kernel may give a port a second time, or not.
        return JSON.stringify(Object.fromEntries(fields)).replace(/:4\d{4}"/g, ':PORT"');
      }),
  );
}
