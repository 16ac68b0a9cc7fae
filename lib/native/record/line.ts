/** Writes the line of a record. Calls do not use JSON.stringify: it takes longer than most of them. */
import type { Bytes } from './bytes.js';
import type { CallRecord, FdEvents, FdLists, Rec } from './format.js';

/** @param asked - the value for the field `in` of the line */
export function writeLine(line: Bytes, record: Rec, asked: unknown): void {
  if (record.k === 'call') writeCall(line, record, asked);
  else line.json(record);
  line.ascii('\n');
}

function writeCall(line: Bytes, record: CallRecord, asked: unknown): void {
  number(line, '{"i":', record.i);
  number(line, ',"t":', record.t);
  number(line, ',"th":', record.th);
  number(line, ',"k":"call","d":', record.d);
  word(line, ',"call":"', record.call);
  writeSubject(line, record);
  writeWait(line, record, asked);
  writeArguments(line, record);
  writeAnswer(line, record);
  line.ascii('}');
}

/** Which file descriptors, and how the call was made. */
function writeSubject(line: Bytes, { by, via, restarts, fd, file, fds }: CallRecord): void {
  word(line, ',"by":"', by);
  word(line, ',"via":"', via);
  number(line, ',"restarts":', restarts);
  number(line, ',"fd":', fd);
  word(line, ',"file":"', file);
  json(line, ',"fds":', fds);
}

function writeWait(line: Bytes, record: CallRecord, asked: unknown): void {
  const { call, out, timeout } = record;
  if (asked !== undefined) writeList(line, ',"in":', call, asked);
  if (out !== undefined) writeList(line, ',"out":', call, out);
  number(line, ',"nfds":', record.nfds);
  number(line, ',"epfd":', record.epfd);
  word(line, ',"op":"', record.op);
  number(line, ',"events":', record.events);
  number(line, ',"max":', record.max);
  if (timeout === null) line.ascii(',"timeout":null');
  else number(line, ',"timeout":', timeout);
}

function writeArguments(line: Bytes, { size, flags, address, args }: CallRecord): void {
  number(line, ',"size":', size);
  number(line, ',"flags":', flags);
  json(line, ',"address":', address);
  json(line, ',"args":', args);
}

function writeAnswer(line: Bytes, { ret, errno, text, base64, site }: CallRecord): void {
  number(line, ',"ret":', ret);
  word(line, ',"errno":"', errno);
  json(line, ',"text":', text);
  word(line, ',"base64":"', base64);
  json(line, ',"site":', site);
}

function number(line: Bytes, key: string, value: number | undefined): void {
  if (value === undefined) return;
  line.ascii(key);
  line.number(value);
}

/** @param value - a name of ASCII in which JSON escapes nothing */
function word(line: Bytes, key: string, value: string | undefined): void {
  if (value === undefined) return;
  line.ascii(key);
  line.ascii(value);
  line.ascii('"');
}

function json(line: Bytes, key: string, value: unknown): void {
  if (value === undefined) return;
  line.ascii(key);
  line.json(value);
}

/** A list of a wait; what is not an array refers to an earlier one. */
function writeList(line: Bytes, key: string, call: string, list: unknown): void {
  line.ascii(key);
  if (!Array.isArray(list)) line.json(list);
  else if (call === 'select') writeSets(line, list as unknown as FdLists);
  else writePairs(line, list as FdEvents[]);
}

function writePairs(line: Bytes, list: FdEvents[]): void {
  line.ascii('[');
  for (let i = 0; i < list.length; i++) {
    const [fd, events] = list[i] as FdEvents;
    number(line, i === 0 ? '[' : ',[', fd);
    number(line, ',', events);
    line.ascii(']');
  }
  line.ascii(']');
}

function writeSets(line: Bytes, sets: FdLists): void {
  for (let kind = 0; kind < sets.length; kind++) {
    line.ascii(kind === 0 ? '[' : ',');
    const fds = sets[kind];
    if (fds === null || fds === undefined) {
      line.ascii('null');
      continue;
    }
    line.ascii('[');
    for (let i = 0; i < fds.length; i++) number(line, i === 0 ? '' : ',', fds[i]);
    line.ascii(']');
  }
  line.ascii(']');
}
