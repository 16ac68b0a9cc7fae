/** Decides to which file a thread writes its records, and which thread writes the header. */
import { originNow } from './clock.js';
import type { DataMode } from './format.js';
import { headerOf } from './header.js';

const fs = process.getBuiltinModule('node:fs');
const { EAGAIN } = process.getBuiltinModule('node:os').constants.errno;
const { threadId } = process.getBuiltinModule('node:worker_threads');

/** Tells the threads and child processes of this process: which process records, since when, where. */
const OWNER = 'FDSELECT_RECORD_OWNER';

/** More bytes than a header of `headerOf` has; that of a lesson's recording, with sources, may be longer. */
const HEADER = 4096;

/** Of flock(2), on all systems: LOCK_EX and LOCK_NB. */
const LOCK_AT_ONCE = 2 | 4;

/** Memory that does not change, to wait for a time. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

type Flock = (fd: number, operation: number) => number;

export interface Claim {
  path: string;
  origin: string;
  /** The reason why the header could not be written, or null. */
  failure: string | null;
}

/**
 * The file of this thread. The threads of a process share one; a child process, which inherits the
 * environment, has one of its own: `FILE.PID`.
 *
 * @param flock - the addon's flock(2)
 */
export function claim(path: string, data: DataMode, flock: Flock): Claim {
  const [pid, origin, ...rest] = (process.env[OWNER] ?? '').split(' ');
  if (origin !== undefined && pid === String(process.pid)) {
    return { path: rest.join(' '), origin, failure: null };
  }
  const own = origin === undefined ? path : `${path}.${process.pid}`;
  const found = begin(own, data, flock);
  process.env[OWNER] = `${process.pid} ${found.origin} ${own}`;
  return found;
}

/** Begins the file, unless another thread of this process has begun it. */
function begin(path: string, data: DataMode, flock: Flock): Claim {
  const origin = originNow();
  const header = `${JSON.stringify(headerOf(origin, data))}\n`;
  const mine = { path, origin, failure: null };
  try {
    if (isSpecial(path)) {
      fs.writeFileSync(path, header);
      return mine;
    }
    // link(2) gives a file its name when its header is complete; of several threads, one succeeds.
    const draft = `${path}.${process.pid}.${threadId}`;
    fs.writeFileSync(draft, header);
    try {
      if (link(draft, path)) return mine;
      return { ...mine, origin: joinOrReplace(path, draft, flock) ?? origin };
    } finally {
      fs.rmSync(draft, { force: true });
    }
  } catch (error) {
    return { ...mine, failure: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** Whether the path is a terminal, a pipe or /dev/null, which hold no earlier recording. */
function isSpecial(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

/** False if a file of that name exists. */
function link(draft: string, path: string): boolean {
  try {
    fs.linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Joins another thread of this process, if the file is the one that it has begun; otherwise the draft
 * takes the place of an older recording. One thread after the other: of two that both find the older
 * one, the second would remove the file of the first.
 *
 * @returns the other thread's origin, or null
 */
function joinOrReplace(path: string, draft: string, flock: Flock): string | null {
  const fd = fs.openSync(path, 'a');
  try {
    // Another thread has it for less than a millisecond. A file system may have no locks.
    while (flock(fd, LOCK_AT_ONCE) === -EAGAIN) Atomics.wait(NEVER, 0, 0, 1);
    const theirs = originOfSibling(path);
    if (theirs === null) fs.renameSync(draft, path);
    return theirs;
  } finally {
    fs.closeSync(fd);
  }
}

/** The origin that another thread of this process wrote to the file; null if the file is older. */
function originOfSibling(path: string): string | null {
  let first: { pid?: unknown; origin?: unknown };
  try {
    first = JSON.parse(firstLine(path));
  } catch {
    return null;
  }
  const { pid, origin } = first;
  if (pid !== process.pid || typeof origin !== 'string') return null;
  const age = Number(BigInt(originNow()) - BigInt(origin)) / 1e9;
  return age <= process.uptime() ? origin : null;
}

/** Its first line; a recording may be too large to be read by each thread that starts. */
function firstLine(path: string): string {
  const fd = fs.openSync(path, 'r');
  try {
    const beginning = Buffer.alloc(HEADER);
    const size = fs.readSync(fd, beginning);
    return beginning.toString('utf8', 0, size).split('\n')[0] as string;
  } finally {
    fs.closeSync(fd);
  }
}
