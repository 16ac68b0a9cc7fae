/** Reads a recording from the text of its file; errors are whole sentences. */
import {
  type CallRecord,
  type FdEvents,
  type FdLists,
  type Header,
  type Rec,
  type Recording,
  VERSION,
} from './format.js';

/** A file that is not a recording, or a damaged one. The message is a whole sentence. */
export class RecordingError extends Error {
  override name = 'RecordingError';
}

/** A list written as a difference to that of an earlier line of the thread. */
interface Difference {
  base: number;
  add: (number | FdEvents)[] | FdLists;
  del: number[] | FdLists;
}

const KINDS = [
  'call',
  'fd',
  'list',
  'asleep',
  'begin',
  'end',
  'async',
  'child',
  'mark',
  'cut',
  'source',
  'exit',
];

/**
 * Reads the text of a recording. Unknown fields are ignored and lines of an unknown kind skipped.
 *
 * @param name - the name of the file in errors
 * @throws RecordingError if the text is not a recording of this version, or is damaged
 */
export function parse(text: string, name = 'The recording'): Recording {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const header = parseHeader(lines[0] ?? '', name);
  const lists = new Map<string, CallRecord['in']>();
  const records: Rec[] = [];
  for (let n = 1; n < lines.length; n++) {
    const record = parseLine(lines[n] as string, n - 1, `${name} is damaged: line ${n + 1}`);
    if (record === null) continue;
    if (record.k === 'source') {
      header.source = { [record.file]: record.text, ...header.source };
      continue;
    }
    if (record.k === 'call') expand(record, lists, `${name} is damaged: line ${n + 1}`);
    records.push(record);
  }
  // The sort is stable: records of the same time keep their order.
  records.sort((a, b) => a.t - b.t);
  return { header, records };
}

function parseHeader(line: string, name: string): Header {
  let header: Partial<Header> | null;
  try {
    header = JSON.parse(line) as Partial<Header> | null;
  } catch {
    throw new RecordingError(`${name} is not a recording: its first line is not JSON.`);
  }
  if (typeof header !== 'object' || header?.fdselect !== 'recording') {
    throw new RecordingError(
      `${name} is not a recording: its first line is not the header of one.`,
    );
  }
  if (header.version !== VERSION) {
    throw new RecordingError(
      `${name} is in version ${header.version} of the format; this fdselect reads version ${VERSION}.`,
    );
  }
  return {
    ...{ by: '', runtime: '', os: '', epollEventBytes: 12, wordBits: 64, pid: 0 },
    ...{ started: '', clock: '', data: 'size' },
    ...header,
  } as Header;
}

/** Null for a line of an unknown kind. */
function parseLine(line: string, number: number, place: string): Rec | null {
  let record: Partial<CallRecord> | null;
  try {
    record = JSON.parse(line) as Partial<CallRecord> | null;
  } catch {
    throw new RecordingError(`${place} is not JSON.`);
  }
  if (typeof record !== 'object' || record === null || typeof record.k !== 'string') {
    throw new RecordingError(`${place} has no kind 'k'.`);
  }
  if (!KINDS.includes(record.k)) return null;
  record.th ??= 0;
  record.i ??= number;
  for (const field of ['i', 't', 'th'] as const) need(record, field, place);
  if (record.k === 'call') {
    record.d ??= 0;
    for (const field of ['d', 'ret'] as const) need(record, field, place);
    if (typeof record.call !== 'string') throw new RecordingError(`${place} has no name 'call'.`);
  }
  return record as Rec;
}

function need(record: Partial<CallRecord>, field: 'i' | 't' | 'th' | 'd' | 'ret', place: string) {
  if (typeof record[field] !== 'number') {
    throw new RecordingError(`${place} has no number '${field}'.`);
  }
}

/** Replaces a reference by its list. */
function expand(record: CallRecord, lists: Map<string, CallRecord['in']>, place: string): void {
  const given = record.in as unknown as CallRecord['in'] | string | Difference;
  if (given === undefined) return;
  if (!Array.isArray(given)) {
    const base = typeof given === 'string' ? Number(given.slice(1)) : given.base;
    const list = lists.get(`${record.th} ${base}`);
    if (list === undefined) {
      throw new RecordingError(`${place} refers to the list of line ${base}, which is not there.`);
    }
    record.in = typeof given === 'string' ? list : applied(record.call, list, given);
  }
  lists.set(`${record.th} ${record.i}`, record.in);
}

const fdOf = (item: number | FdEvents) => (typeof item === 'number' ? item : item[0]);

function change<T extends number | FdEvents>(list: T[], add: T[], del: number[]): T[] {
  const gone = new Set(del);
  return [...list.filter((item) => !gone.has(fdOf(item))), ...add];
}

/** The list with a difference applied: removed entries are left out, new ones come last. */
function applied(
  call: string,
  list: NonNullable<CallRecord['in']>,
  { add, del }: Difference,
): NonNullable<CallRecord['in']> {
  if (call !== 'select') return change(list as FdEvents[], add as FdEvents[], del as number[]);
  return (list as FdLists).map((fds, kind) =>
    fds === null
      ? null
      : change(fds, ((add as FdLists)[kind] ?? []) as number[], (del as FdLists)[kind] ?? []),
  ) as FdLists;
}
