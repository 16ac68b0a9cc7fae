/**
 * The format of recordings, JSON Lines, version 1: what a line may be, and how a file is read.
 *
 * Nothing here needs Node: the replay page reads recordings with the same code.
 */

/** The version of the format that this code reads and writes. */
export const VERSION = 1;

/** How much of the bytes that were sent and received a recording holds. */
export type DataMode = 'none' | 'size' | 'head' | 'all';

/** The first line. */
export interface Header {
  fdselect: 'recording';
  version: number;
  /** The program that has written it, such as `fdselect 0.2.0`. */
  by: string;
  runtime: string;
  os: string;
  /** The size of `struct epoll_event` here: 12 on x86-64, 16 elsewhere. */
  epollEventBytes: number;
  /** The bits of one word of an `fd_set`. */
  wordBits: number;
  pid: number;
  /** The time of `t` 0, as an ISO date. */
  started: string;
  clock: string;
  /** The clock's value at `t` 0, in nanoseconds. */
  origin?: string;
  data: DataMode;
  scenario?: string;
  variant?: string;
  /** The program's files, by name, for the code panel. */
  source?: Record<string, string>;
}

interface Line {
  /** Counts the lines of a thread. */
  i: number;
  /** Nanoseconds since the header, on one clock for all threads. */
  t: number;
  /** The thread: 0 is the main thread. */
  th: number;
}

/** An fd and its events or returned events. */
export type FdEvents = [fd: number, events: number];
/** The three lists of select: null if NULL was passed. */
export type FdLists = [number[] | null, number[] | null, number[] | null];

/** A call of the kernel, when it has returned. */
export interface CallRecord extends Line {
  k: 'call';
  /** The duration in nanoseconds. */
  d: number;
  /** The name of the system call or C function, such as `recv`. */
  call: string;
  /** The call of the library that made this one; `library`: it answered without the kernel. */
  by?: string;
  /** Says how the library made the call, if that is not the plain system call. */
  via?: string;
  /** How often a signal (EINTR) made the library call again. */
  restarts?: number;
  /** The file descriptor, and the open file description it stood for. */
  fd?: number;
  file?: string;
  /** New file descriptors (pipe, socketpair). */
  fds?: number[];
  /** The arguments of a wait: FdLists for select, FdEvents for poll. */
  in?: FdLists | FdEvents[];
  /** Its result: FdLists for select; for poll and epoll the fds with events. */
  out?: FdLists | FdEvents[];
  nfds?: number;
  epfd?: number;
  op?: 'ADD' | 'MOD' | 'DEL';
  events?: number;
  max?: number;
  /** select: microseconds or null; poll, epoll and the others: milliseconds, negative: for ever. */
  timeout?: number | null;
  /** How many bytes were offered, or room for how many. */
  size?: number;
  flags?: number;
  address?: string;
  /** Other arguments, as the library passed them. */
  args?: unknown[];
  /** As strace: -1 and the name of the error. */
  ret: number;
  errno?: string;
  /** The bytes that were sent or received, or their beginning. */
  text?: string;
  base64?: string;
  /** The place of the call in the program: `file:line`. */
  site?: string;
}

/** A number that stands for an open file description from now on. */
export interface FdRecord extends Line {
  k: 'fd';
  fd: number;
  file: string;
  /** `tcp`, `udp`, `unix`, `pipe`, `epoll`, `eventfd`, `file`, … */
  type: string;
  /** The call that made it; `seen`: something else had opened it. */
  how: string;
  local?: string;
  peer?: string;
  inode?: number;
  /** Its access mode, unless it is both reading and writing. */
  access?: 'read' | 'write';
  /** The file at the other end (pipe, socketpair). */
  other?: string;
}

/** The interest list of an epoll set, read from `/proc/self/fdinfo`. */
export interface ListRecord extends Line {
  k: 'list';
  epfd: number;
  entries: { fd: number; events: number; inode?: number }[];
}

/** Another thread is asleep in a system call, read from `/proc/self/task`. */
export interface AsleepRecord extends Line {
  k: 'asleep';
  of: number;
  syscall: string;
  wchan?: string;
}

/** A callback begins or ends. */
export interface BeginRecord extends Line {
  k: 'begin';
  what: string;
  fd?: number;
}
interface EndRecord extends Line {
  k: 'end';
}

/** The program gives a wait to its event loop, or the loop reports it. */
export interface AsyncRecord extends Line {
  k: 'async';
  what: 'wait' | 'ready' | 'end';
  id: number;
  fds?: FdEvents[];
}

/** The program has started a child process, which may have copies of its fds. */
interface ChildRecord extends Line {
  k: 'child';
}

/** The text of a file of the program. */
export interface SourceRecord extends Line {
  k: 'source';
  file: string;
  text: string;
}

/** A beat of a scenario begins. */
interface MarkRecord extends Line {
  k: 'mark';
  beat: number;
  say: string;
}

/** The recording ends before the program does. */
export interface CutRecord extends Line {
  k: 'cut';
  reason: string;
}

/** The program has ended by itself, and not by a signal that it did not handle. */
export interface ExitRecord extends Line {
  k: 'exit';
  code: number;
  /** The error that was not caught, as `Name: message`. */
  error?: string;
}

export type Rec =
  | CallRecord
  | FdRecord
  | ListRecord
  | AsleepRecord
  | BeginRecord
  | EndRecord
  | AsyncRecord
  | ChildRecord
  | SourceRecord
  | MarkRecord
  | CutRecord
  | ExitRecord;

export interface Recording {
  readonly header: Header;
  /** In order of their time. References to earlier lists are replaced by the lists. */
  readonly records: readonly Rec[];
}
