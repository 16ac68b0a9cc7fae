/** The state of a replay at a step: its types, and functions to find something in it. */
import type { CallRecord, FdEvents, FdLists, ListRecord } from './format.js';

/** An open file description. */
export interface FileState {
  id: string;
  type: string;
  how: string;
  local?: string;
  peer?: string;
  inode?: number;
  access?: 'read' | 'write';
  listening: boolean;
  /** Its file descriptors; none when it is closed. */
  fds: number[];
  /** The file at the other end, if that is recorded too. */
  other?: string;
  /** Computed: bytes that were sent to it and not received yet; the text if it is recorded. */
  inbox: { bytes: number; text: string | null };
  /** Bytes that the program has received from it and sent on it. */
  received: number;
  sent: number;
  /** The other end sends no more: it was closed, or shut down for writing. */
  ended: boolean;
  /** This end sends no more. */
  shut: boolean;
}

/** One entry of an interest list: it names a number, but watches a file. */
export interface Interest {
  fd: number;
  file: string;
  events: number;
  /** False after a report with EPOLLONESHOT, until EPOLL_CTL_MOD. */
  armed: boolean;
}

/** An epoll set. */
export interface SetState {
  interest: Interest[];
  /** Computed: the ready list, as positions of entries by `fd file`. */
  ready: string[];
  /** The kernel's last interest list (`list` records). */
  kernel: ListRecord['entries'] | null;
}

/** A thread's last question and its answer. */
export interface Asked {
  call: string;
  epfd?: number;
  in: FdLists | FdEvents[] | null;
  /** Null while the call has not returned. */
  out: FdLists | FdEvents[] | null;
  ret: number | null;
}

export interface ThreadState {
  /** The call in which it is asleep, and since when. */
  asleep: { call: CallRecord; since: number } | null;
  /** The kernel function in which it sleeps (`asleep` records). */
  wchan: string | null;
  /** The callbacks that run, outermost first. */
  stack: { what: string; fd?: number }[];
  /** Its latest wait. */
  asked: Asked | null;
  /** Waits that its event loop keeps, by id: the thread itself is not asleep in them. */
  pending: Record<number, FdEvents[]>;
}

export interface Counters {
  calls: number;
  waits: number;
  /** Waits that found something. */
  wakeUps: number;
  errors: number;
  received: number;
  sent: number;
  /** Computed: bytes that the waits and epoll_ctl copied to and from the kernel. */
  bytesIn: number;
  bytesOut: number;
  /** Computed: how many files the kernel looked at. */
  lookedAt: number;
}

export interface State {
  /** How many steps have happened. */
  step: number;
  t: number;
  beat: number | null;
  say: string | null;
  /** The file of each number. */
  fds: Record<number, string>;
  files: Record<string, FileState>;
  /** Epoll sets by file. */
  sets: Record<string, SetState>;
  threads: Record<number, ThreadState>;
  counters: Counters;
  /** Child processes may have copies of fds: what they send and receive is not recorded. */
  hasChildren: boolean;
  /** Why the recording ended early. */
  cut: string | null;
  /** Ids that are the same file as another one: two threads saw it. */
  aliases: Record<string, string>;
}

/** The state before the first step. */
export function initial(): State {
  const counters = { calls: 0, waits: 0, wakeUps: 0, errors: 0, received: 0, sent: 0 };
  return {
    ...{ step: 0, t: 0, beat: null, say: null, fds: {}, files: {}, sets: {}, threads: {} },
    counters: { ...counters, bytesIn: 0, bytesOut: 0, lookedAt: 0 },
    hasChildren: false,
    cut: null,
    aliases: {},
  };
}

/** The state of a thread, which begins with its first record. */
export function threadOf(state: State, th: number): ThreadState {
  state.threads[th] ??= { asleep: null, wchan: null, stack: [], asked: null, pending: {} };
  return state.threads[th];
}

/** The file of a number. */
export function fileOf(state: State, fd: number | undefined): FileState | undefined {
  const id = fd === undefined ? undefined : state.fds[fd];
  return id === undefined ? undefined : state.files[id];
}

/** The epoll set of a number. */
export function setOf(state: State, epfd: number | undefined): SetState | undefined {
  const file = fileOf(state, epfd);
  return file && state.sets[file.id];
}
