/** File descriptors and their files: opening, closing, and bytes between them. */
import type { FdRecord } from './format.js';
import type { FileState, State } from './model.js';
import { wake } from './ready.js';

/** A number has a new file, or more about its file is known. */
export function applyFd(state: State, record: FdRecord): void {
  const id = knownAs(state, record);
  if (id !== record.file) state.aliases[record.file] = id;
  if (state.fds[record.fd] !== id) {
    closeNumber(state, record.fd);
    state.fds[record.fd] = id;
  }
  state.files[id] ??= newFile(id, record);
  const file = state.files[id];
  if (!file.fds.includes(record.fd)) file.fds.push(record.fd);
  for (const field of ['local', 'peer', 'inode', 'access', 'other'] as const) {
    if (record[field] !== undefined) Object.assign(file, { [field]: record[field] });
  }
  if (file.type === 'epoll') state.sets[id] ??= { interest: [], ready: [], kernel: null };
  connectEnds(state, file);
}

/** The id that another thread has given to the same file, if this thread has only seen its number. */
function knownAs(state: State, record: FdRecord): string {
  const alias = state.aliases[record.file];
  if (alias !== undefined) return alias;
  const current = state.fds[record.fd];
  if (record.how !== 'seen' || current === undefined) return record.file;
  const file = state.files[current] as FileState;
  const isOther =
    file.inode !== undefined && record.inode !== undefined && file.inode !== record.inode;
  return isOther ? record.file : current;
}

function newFile(id: string, { type: kind, how }: FdRecord): FileState {
  // The kernel calls the fd of a signal pipe an epoll: the pipe of the signals is in it.
  const type = how === 'signalPipe' ? 'signal pipe' : kind;
  return {
    ...{ id, type, how, listening: false, fds: [], inbox: { bytes: 0, text: '' } },
    ...{ received: 0, sent: 0, ended: false, shut: false },
  };
}

/** Finds the other end: from the record of the pipe or socketpair, or from the two addresses. */
function connectEnds(state: State, file: FileState): void {
  const { local, peer } = file;
  const other =
    file.other === undefined && local && peer
      ? Object.values(state.files).find(
          (one) => one !== file && one.fds.length > 0 && one.local === peer && one.peer === local,
        )
      : state.files[file.other ?? ''];
  if (other === undefined) return;
  file.other = other.id;
  other.other ??= file.id;
}

/** close(2): the number is free; the file is closed with its last number. */
export function closeNumber(state: State, fd: number): void {
  const id = state.fds[fd];
  if (id === undefined) return;
  delete state.fds[fd];
  const file = state.files[id] as FileState;
  file.fds = file.fds.filter((number) => number !== fd);
  if (file.fds.length > 0) return;
  for (const set of Object.values(state.sets)) {
    set.interest = set.interest.filter((entry) => entry.file !== id);
    set.ready = set.ready.filter((key) => !key.endsWith(` ${id}`));
  }
  end(state, file);
}

/** The file sends no more. */
export function end(state: State, file: FileState): void {
  file.shut = true;
  const other = state.files[file.other ?? ''];
  if (other === undefined) return;
  other.ended = true;
  wake(state, other);
}

/** Bytes go from a file to its other end. */
export function send(state: State, file: FileState, bytes: number, text: string | null): void {
  file.sent += bytes;
  const other = state.files[file.other ?? ''];
  if (other === undefined || bytes === 0) return;
  const { inbox } = other;
  inbox.bytes += bytes;
  inbox.text = inbox.text === null || text === null ? null : inbox.text + text;
  wake(state, other);
}

/** Bytes are received from a file. */
export function receive(state: State, file: FileState, bytes: number): void {
  file.received += bytes;
  if (file.other === undefined) return;
  const { inbox } = file;
  inbox.bytes -= bytes;
  // More than was sent: the rest is from a child process.
  if (state.hasChildren) inbox.bytes = Math.max(inbox.bytes, 0);
  if (inbox.bytes === 0) inbox.text = '';
  else if (inbox.text !== null) inbox.text = inbox.text.slice(bytes);
}
