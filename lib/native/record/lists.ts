/** Shortens long lists: a reference to an earlier list of the thread, or the difference to it. */
import type { CallRecord, FdEvents, FdLists } from './format.js';

/** Shorter lists are written as they are. */
const LONG = 8;

type Asked = FdLists | FdEvents[];

interface Kept {
  i: number;
  list: Asked;
}

export class ListWriter {
  readonly #kept = new Map<string, Kept>();

  /** The value of `in` in the record's line. */
  encode({ i, call, in: list }: CallRecord): unknown {
    if (list === undefined || lengthOf(call, list) <= LONG) return list;
    const last = this.#kept.get(call);
    if (last !== undefined && isSame(last.list, list)) return `=${last.i}`;
    this.#kept.set(call, { i, list });
    return last === undefined ? list : difference(call, last, list);
  }
}

type Nested = number | null | readonly Nested[];

/** Whether two lists are equal; JSON.stringify takes longer than a wait. */
function isSame(a: Nested, b: Nested): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i])) return false;
  return true;
}

function lengthOf(call: string, list: Asked): number {
  if (call !== 'select') return list.length;
  return (list as FdLists).reduce((sum, fds) => sum + (fds?.length ?? 0), 0);
}

/** The difference, if it reproduces the list and is shorter; else the list. */
function difference(call: string, last: Kept, list: Asked): unknown {
  const changes = call === 'select' ? ofLists(last.list, list) : ofList(last.list, list);
  if (changes === null) return list;
  const found = {
    base: last.i,
    add: changes.map(({ add }) => add),
    del: changes.map((c) => c.del),
  };
  const written =
    call === 'select' ? found : { base: last.i, add: changes[0]?.add, del: changes[0]?.del };
  return JSON.stringify(written).length < JSON.stringify(list).length ? written : list;
}

interface Change {
  add: (number | FdEvents)[];
  del: number[];
}

function ofLists(from: Asked, to: Asked): Change[] | null {
  const changes: Change[] = [];
  for (const [kind, list] of (to as FdLists).entries()) {
    const before = (from as FdLists)[kind] ?? null;
    if ((before === null) !== (list === null)) return null;
    const change = changeOf(before ?? [], list ?? []);
    if (change === null) return null;
    changes.push(change);
  }
  return changes;
}

function ofList(from: Asked, to: Asked): Change[] | null {
  const change = changeOf(from as FdEvents[], to as FdEvents[]);
  return change === null ? null : [change];
}

const keyOf = (item: number | FdEvents) => String(item);
const fdOf = (item: number | FdEvents) => (typeof item === 'number' ? item : item[0]);

/** The items to remove and to append; null if these do not produce the list. */
function changeOf(from: (number | FdEvents)[], to: (number | FdEvents)[]): Change | null {
  const wanted = new Set(to.map(keyOf));
  const gone = new Set(from.filter((item) => !wanted.has(keyOf(item))).map(fdOf));
  const stays = from.filter((item) => !gone.has(fdOf(item)));
  const same = stays.every((item, i) => i < to.length && keyOf(item) === keyOf(to[i] as number));
  return same ? { add: to.slice(stays.length), del: [...gone] } : null;
}
