/** Computed: the ready list of an epoll set, as the kernel keeps it (epoll(7)). */
import { EVENT, hasBit } from './facts.js';
import type { FdEvents } from './format.js';
import type { FileState, Interest, SetState, State } from './model.js';

const keyOf = ({ fd, file }: Interest) => `${fd} ${file}`;

/** Whether a file is ready for one of the events, as far as the recording shows. */
export function isReady(state: State, file: FileState, events: number): boolean {
  const hasInput =
    file.inbox.bytes > 0 || file.ended || (state.sets[file.id]?.ready.length ?? 0) > 0;
  const canWrite = file.type === 'tcp' || file.type === 'unix' || file.type === 'pipe';
  const hasRoom = canWrite && !file.listening && !file.shut && file.access !== 'read';
  return (hasBit(events, EVENT.IN) && hasInput) || (hasBit(events, EVENT.OUT) && hasRoom);
}

/**
 * Something has happened to a file: it is added to the ready list of each set that watches it. Of the
 * sets that watch it with EPOLLEXCLUSIVE, those after the first one with a sleeping thread are not told.
 */
export function wake(state: State, file: FileState): void {
  let isTaken = false;
  for (const [id, set] of Object.entries(state.sets)) {
    const before = set.ready.length;
    for (const entry of set.interest) {
      if (entry.file !== file.id || !entry.armed || !hasBit(entry.events, EVENT.IN)) continue;
      const isExclusive = hasBit(entry.events, EVENT.EXCLUSIVE);
      if (isExclusive && isTaken) continue;
      push(set, entry);
      isTaken ||= isExclusive && hasSleeper(state, id);
    }
    const outer = state.files[id];
    if (set.ready.length > before && outer !== undefined) wake(state, outer);
  }
}

/** Whether a thread sleeps in epoll_wait for this set. */
function hasSleeper({ threads, fds }: State, set: string): boolean {
  return Object.values(threads).some(({ asleep }) => fds[asleep?.call.epfd ?? -1] === set);
}

function push(set: SetState, entry: Interest): void {
  const key = keyOf(entry);
  if (!set.ready.includes(key)) set.ready.push(key);
}

/** EPOLL_CTL_ADD and MOD look at the file: if it is ready now, it is added to the list. */
export function lookOnce(state: State, set: SetState, entry: Interest): void {
  const file = state.files[entry.file];
  if (file !== undefined && isReady(state, file, entry.events)) push(set, entry);
}

/**
 * epoll_wait goes through the ready list: it drops files that are not ready any more, and keeps
 * ready files that are watched level-triggered. Returns the number of files that it looked at.
 */
export function collect(set: SetState, answer: FdEvents[], max: number): number {
  const answered = new Set<string>();
  const stays: string[] = [];
  for (const [fd] of answer) {
    const entry = set.interest.find((one) => one.fd === fd && !answered.has(keyOf(one)));
    if (entry === undefined) continue;
    answered.add(keyOf(entry));
    if (hasBit(entry.events, EVENT.ONESHOT)) entry.armed = false;
    else if (!hasBit(entry.events, EVENT.ET)) stays.push(keyOf(entry));
  }
  const others = set.ready.filter((key) => !answered.has(key));
  const isFull = answer.length >= max;
  set.ready = isFull ? [...others, ...stays] : stays;
  return answer.length + (isFull ? 0 : others.length);
}
