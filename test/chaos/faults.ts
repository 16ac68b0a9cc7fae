/** Makes single system calls of a server's addon fail, or transfer only a part (faults.cc). */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The order of `enum Call` in faults.cc, from 1. */
const CALLS = [
  ...['accept4', 'recv', 'send', 'epoll_ctl', 'poll', 'select', 'epoll_wait', 'getsockname'],
  ...['getpeername', 'getsockopt', 'setsockopt', 'shutdown', 'close'],
] as const;

export type Call = (typeof CALLS)[number];

export type Errno = keyof typeof constants.errno;

/** Of epoll_ctl(2). */
export const OPERATIONS = { ADD: 1, DEL: 2, MOD: 3 };

export interface Fault {
  call: Call;
  /** What it fails with, or to how many bytes it is cut. */
  error: Errno | number;
  op?: keyof typeof OPERATIONS;
  /** How many calls; all by default. */
  times?: number;
}

/** In the struct of faults.cc, each number has four bytes. */
const HITS_OFFSET = 4 * 4;
const SIZE = 5 * 4;

/** Codes that `os.constants.errno` does not have. */
const MORE_ERRNO: Record<string, number> = { ENONET: 64, EHOSTDOWN: 112, ESOCKTNOSUPPORT: 94 };

export function errnoOf(name: string): number {
  const found = (constants.errno as Record<string, number>)[name] ?? MORE_ERRNO[name];
  if (found === undefined) throw new Error(`no errno ${name}`);
  return found;
}

/** Compiles the library; it is removed when the process ends. */
function compile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-faults-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const source = fileURLToPath(new URL('faults.cc', import.meta.url));
  const library = join(folder, 'faults.so');
  execFileSync('g++', ['-std=c++17', '-O1', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return library;
}

let library: string | undefined;

/** The rule of one process. */
export class Faults {
  readonly #path: string;
  readonly #fd: number;

  constructor() {
    library ??= compile();
    this.#path = `${library}.${process.pid}.${count++}`;
    this.#fd = openSync(this.#path, 'w+');
    writeSync(this.#fd, Buffer.alloc(SIZE));
  }

  /**
   * For the environment of the process.
   * @param sendBuffer - bytes that the kernel takes of what an accepted socket sends
   */
  env(sendBuffer?: number): NodeJS.ProcessEnv {
    const env = {
      LD_PRELOAD: [process.env.LD_PRELOAD, library].filter(Boolean).join(' '),
      FDSELECT_FAULTS: this.#path,
    };
    return sendBuffer === undefined ? env : { ...env, FDSELECT_SNDBUF: String(sendBuffer) };
  }

  set({ call, error, op, times = -1 }: Fault): void {
    this.clear();
    const errno = typeof error === 'number' ? -error : errnoOf(error);
    const rest = Int32Array.of(errno, op === undefined ? 0 : OPERATIONS[op], times, 0);
    writeSync(this.#fd, rest, 0, rest.byteLength, 4);
    // Last: the process reads it first.
    this.#setCall(1 + CALLS.indexOf(call));
  }

  clear(): void {
    this.#setCall(0);
  }

  /** How many calls have failed since the last `set()`. */
  get hits(): number {
    const hits = new Int32Array(1);
    readSync(this.#fd, hits, 0, 4, HITS_OFFSET);
    return hits[0] as number;
  }

  #setCall(number: number): void {
    writeSync(this.#fd, Int32Array.of(number), 0, 4, 0);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

let count = 0;
