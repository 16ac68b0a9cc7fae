/** Formats the line of a record. Waits do not use JSON.stringify: it is slow, and they are frequent. */
import type { CallRecord, FdEvents, Rec } from './format.js';

/** @param asked - the value of `in` in the line */
export function lineOf(record: Rec, asked: unknown): string {
  if (record.k !== 'call') return JSON.stringify(record);
  if (isPlainWait(record)) return waitLine(record, asked);
  return JSON.stringify(asked === undefined ? record : { ...record, in: asked });
}

/** Whether the record is a wait of poll or epoll without optional fields. */
function isPlainWait({ call, by, via, restarts, site, errno }: CallRecord): boolean {
  if (call !== 'poll' && call !== 'epoll_wait') return false;
  const special = by ?? via ?? restarts ?? site ?? errno;
  return special === undefined;
}

function waitLine(record: CallRecord, asked: unknown): string {
  const { i, t, th, d, call, epfd, max, timeout, out, ret } = record;
  const about = Array.isArray(asked) ? pairs(asked as FdEvents[]) : JSON.stringify(asked);
  const subject = epfd === undefined ? `"in":${about}` : `"epfd":${epfd},"max":${max}`;
  return (
    `{"i":${i},"t":${t},"th":${th},"k":"call","d":${d},"call":"${call}",${subject},` +
    `"timeout":${timeout},"out":${pairs(out as FdEvents[])},"ret":${ret}}`
  );
}

function pairs(list: FdEvents[]): string {
  let text = '';
  for (const [fd, events] of list) text += `${text === '' ? '' : ','}[${fd},${events}]`;
  return `[${text}]`;
}
