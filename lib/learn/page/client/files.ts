/** Which files the picture of the kernel shows, and in which rows. */
import { askedFds } from '../../replay/facts.js';
import type { Recording } from '../../replay/format.js';
import type { FileState, Interest, State } from '../../replay/model.js';
import { states } from '../../replay/state.js';
import { isWait, stepsOf } from '../../replay/steps.js';
import { waitingThreads } from '../../replay/waiting-threads.js';
import type { Moment } from './moment.js';

/** In longer recordings only the beginning says what the program watches. */
const MAX_STEPS = 5000;

/** A number that stands for a file. */
export interface NumberState {
  fd: number;
  isNew: boolean;
  isGone: boolean;
}

export interface Entry {
  interest: Interest;
  isReady: boolean;
  /** The number stands for another file now, or for none. */
  isGhost: boolean;
}

export interface Row {
  file: FileState;
  numbers: NumberState[];
  isNew: boolean;
  isGone: boolean;
  /** The file at the other end, where it is recorded. */
  other: FileState | undefined;
  entries: Entry[];
}

const cache = new WeakMap<Recording, Set<string>>();

/** The files that the program waits for at some time: these have a row, and their other ends do not. */
function watchedFiles(recording: Recording): Set<string> {
  const known = cache.get(recording);
  if (known !== undefined) return known;
  const watched = new Set<string>();
  cache.set(recording, watched);
  const steps = stepsOf(recording);
  const threads = waitingThreads(recording);
  const isClient = (th: number) => threads.has(0) && th !== 0;
  for (const state of states(recording)) {
    if (state.step > MAX_STEPS) break;
    const record = steps[state.step - 1]?.record;
    if (record?.k !== 'call' || isClient(record.th)) continue;
    const fds = isWait(record) && record.call !== 'epoll_wait' ? askedFds(record) : [];
    for (const [fd] of fds) add(watched, state.fds[fd]);
    if (record.call === 'epoll_ctl' && record.fd !== undefined) add(watched, state.fds[record.fd]);
  }
  return watched;
}

function add(set: Set<string>, id: string | undefined): void {
  if (id !== undefined) set.add(id);
}

export function rowsOf({ column, before, after }: Moment): Row[] {
  const watched = watchedFiles(column.recording);
  const ids = Object.keys(after.files).filter((id) => {
    const file = after.files[id] as FileState;
    const wasOpen = (before.files[id]?.fds.length ?? 0) > 0;
    if ((file.fds.length === 0 && !wasOpen) || file.type === 'epoll') return false;
    return !isOtherEnd(after, file, watched);
  });
  const entries = entriesByFile(after);
  return ids.map((id) => rowOf(id, before, after, entries.get(id) ?? []));
}

function isOtherEnd(state: State, file: FileState, watched: ReadonlySet<string>): boolean {
  const other = state.files[file.other ?? ''];
  // A program that waits for nothing uses both ends by itself.
  if (other === undefined || watched.size === 0 || watched.has(file.id)) return false;
  if (watched.has(other.id)) return true;
  return file.access === 'write' || (file.access === undefined && other.id < file.id);
}

/** Who watches a file, by its id. */
function entriesByFile({ sets, fds }: State): Map<string, Entry[]> {
  const found = new Map<string, Entry[]>();
  for (const { interest, ready } of Object.values(sets)) {
    const listed = new Set(ready);
    for (const one of interest) {
      const isReady = listed.has(`${one.fd} ${one.file}`);
      const entry = { interest: one, isReady, isGhost: fds[one.fd] !== one.file };
      found.set(one.file, [...(found.get(one.file) ?? []), entry]);
    }
  }
  return found;
}

function rowOf(id: string, before: State, after: State, entries: Entry[]): Row {
  const file = after.files[id] as FileState;
  const old = before.files[id]?.fds ?? [];
  const numbers = [...new Set([...old, ...file.fds])]
    .sort((a, b) => a - b)
    .map((fd) => ({ fd, isNew: !old.includes(fd), isGone: !file.fds.includes(fd) }));
  const other = after.files[file.other ?? ''];
  return { file, numbers, isNew: old.length === 0, isGone: file.fds.length === 0, other, entries };
}

/** A row in words. */
export function sayRow({ file, numbers, other, entries }: Row): string {
  const fds = numbers.map(({ fd, isGone }) => `${fd}${isGone ? ', closed' : ''}`).join(' and ');
  const { bytes } = file.inbox;
  return [
    `fd ${fds} stands for ${file.type} ${file.id}`,
    bytes > 0 ? `${bytes} bytes to read` : '',
    file.ended ? 'the other end has ended' : '',
    other === undefined || other.fds.length === 0 ? '' : `the other end is fd ${other.fds.join()}`,
    ...entries.map(
      ({ interest, isReady, isGhost }) =>
        `watched under number ${interest.fd}${isGhost ? ', which is closed' : ''}${isReady ? ', on the ready list' : ''}`,
    ),
  ]
    .filter((part) => part !== '')
    .join(', ');
}
