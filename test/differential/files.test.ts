/**
 * The same random calls of fdselect/os, fcntl and tty through CPython's os, fcntl and termios: the
 * answers agree. FDSELECT_SCRIPTS sets how many scripts, FDSELECT_SEED which.
 */
import fc from 'fast-check';
import * as fcntlModule from 'fdselect/fcntl';
import * as os from 'fdselect/os';
import * as tty from 'fdselect/tty';
import { test } from 'vitest';
import { amount } from '../support/amount.ts';
import { SEED } from '../support/seed.ts';
import { agree, type Step, stepOf } from './agree.ts';

const COUNT = Number(process.env.FDSELECT_SCRIPTS ?? amount(250, 1000));
const FILES = 8;

/** The files of a script, in the order of files.py. */
class Files {
  readonly #fds: number[];

  constructor() {
    const file = os.memfdCreate('file');
    this.#fds = [...os.pipe(), ...os.pipe(), file, ...os.openpty(), os.eventfd(0)];
    os.write(file, '0123456789'.repeat(10));
    for (const fd of this.#fds) os.setBlocking(fd, false);
  }

  /** The functions behind the names of steps. */
  get steps(): Record<string, (...args: never[]) => unknown> {
    const fd = (i: number) => this.#fds[i] as number;
    const constant = (name: string) =>
      (fcntlModule as unknown as Record<string, number>)[name] ?? 0;
    return {
      close: (i: number) => os.close(fd(i)),
      lseek: (i: number, offset: number, whence: number) => os.lseek(fd(i), offset, whence),
      read: (i: number, size: number) => os.read(fd(i), size).toString('latin1'),
      write: (i: number, data: string) => os.write(fd(i), data),
      readv: (i: number, ...sizes: number[]) => {
        const buffers = sizes.map((size) => Buffer.alloc(size));
        return [os.readv(fd(i), buffers), ...buffers.map((buffer) => buffer.toString('latin1'))];
      },
      writev: (i: number, ...parts: string[]) =>
        os.writev(
          fd(i),
          parts.map((part) => Buffer.from(part)),
        ),
      getInheritable: (i: number) => os.getInheritable(fd(i)),
      setInheritable: (i: number, inheritable: boolean) => os.setInheritable(fd(i), inheritable),
      sendfile: (out: number, input: number, offset: number | null, count: number) =>
        os.sendfile(fd(out), fd(input), offset, count),
      splice: (src: number, dst: number, count: number, offsetSrc: number | null) =>
        os.splice(fd(src), fd(dst), count, { offsetSrc }),
      isatty: (i: number) => os.isatty(fd(i)),
      fcntl: (i: number, name: string, value: number) =>
        fcntlModule.fcntl(fd(i), constant(name), value) & (name === 'F_GETFL' ? ~0o100000 : ~0),
      lock: (i: number, name: string, kind: number, start: number) => {
        const lock = Buffer.alloc(32);
        lock.writeBigInt64LE(BigInt(kind), 0);
        lock.writeBigInt64LE(BigInt(start), 8);
        return [...fcntlModule.fcntl(fd(i), constant(name), lock)];
      },
      flock: (i: number, operation: number) => fcntlModule.flock(fd(i), operation),
      ioctl: (i: number, name: string, size: number, mutate: boolean) => {
        const memory = Buffer.alloc(size);
        const request = (tty as unknown as Record<string, number>)[name] ?? 0;
        const answer = fcntlModule.ioctl(fd(i), request, memory, mutate);
        return [typeof answer === 'number' ? answer : [...answer], [...memory]];
      },
      attributes: (i: number) => tty.tcgetattr(fd(i)),
      change: (i, when, index: 0 | 1 | 3, bits: number, key: number, character: number) => {
        const attributes = tty.tcgetattr(fd(i));
        attributes[index] = (attributes[index] ^ bits) >>> 0;
        attributes[6][key] = character;
        tty.tcsetattr(fd(i), when, attributes);
      },
      size: (i: number) => tty.tcgetwinsize(fd(i)),
      resize: (i: number, rows: number, columns: number) =>
        tty.tcsetwinsize(fd(i), [rows, columns]),
      tcflush: (i: number, queue: number) => tty.tcflush(fd(i), queue),
      tcflow: (i: number, action: number) => tty.tcflow(fd(i), action),
      eventfdRead: (i: number) => String(os.eventfdRead(fd(i))),
      eventfdWrite: (i: number, value: string) => os.eventfdWrite(fd(i), BigInt(value)),
      exitcode: (status: number) => os.waitstatusToExitcode(status),
      macro: (name: string, status: number) =>
        (os as unknown as Record<string, (status: number) => unknown>)[name]?.(status),
      pipe2: (flags: number) => {
        const fds = os.pipe2(flags);
        const modes = fds.map((end) => fcntlModule.fcntl(end, fcntlModule.F_GETFL));
        for (const end of fds) os.close(end);
        return modes;
      },
    };
  }

  finish(): void {
    for (const fd of this.#fds) {
      try {
        os.close(fd);
      } catch (error) {
        // The script has closed it.
        if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error;
      }
    }
  }
}

const index = fc.nat(FILES - 1);
/** Waits for data: the kernel passes on what one side of a terminal writes with a delay. */
const data = fc.constantFrom(0, 1, 2, 3, 4, 7);
const terminal = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(5, 6) },
  { weight: 1, arbitrary: index },
);
const small = fc.nat(12);
const text = fc.constantFrom('', 'a', 'hello\n', 'x'.repeat(500), '\x04', '\x03', 'tab\t');
const offset = fc.constantFrom(null, 0, 5, 99, 1000, -1);
const status = fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0x100, 9, 0x137f, 0xffff));

const step = fc.oneof(
  stepOf('close', index),
  stepOf('lseek', index, fc.integer({ min: -20, max: 200 }), fc.integer({ min: -1, max: 5 })),
  stepOf('read', data, fc.constantFrom(0, 1, 8, 100, 10_000)),
  stepOf('write', data, text),
  stepOf('readv', data, small, small),
  stepOf('readv', data),
  stepOf('writev', data, text, text),
  stepOf('getInheritable', index),
  stepOf('setInheritable', index, fc.boolean()),
  stepOf('sendfile', data, data, offset, small),
  stepOf('splice', data, data, fc.integer({ min: -1, max: 50 }), offset),
  stepOf('isatty', index),
  stepOf('fcntl', index, fc.constantFrom('F_GETFD', 'F_GETFL', 'F_GETPIPE_SZ', 'F_GETOWN'), small),
  stepOf(
    'fcntl',
    index,
    fc.constantFrom('F_SETPIPE_SZ', 'F_GET_SEALS'),
    fc.constantFrom(1, 9000, -1),
  ),
  stepOf('lock', index, fc.constantFrom('F_SETLK', 'F_GETLK', 'F_OFD_SETLK'), fc.nat(4), small),
  stepOf('flock', index, fc.constantFrom(5, 6, 8, 12, 4, 64)),
  stepOf(
    'ioctl',
    index,
    fc.constantFrom('FIONREAD', 'TIOCOUTQ', 'TIOCGWINSZ'),
    fc.constantFrom(0, 4, 8, 1024),
    fc.boolean(),
  ),
  stepOf('attributes', terminal),
  stepOf(
    'change',
    terminal,
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom(0, 1, 3),
    fc.constantFrom(0, 1, 2, 8, 0x400),
    fc.nat(4),
    fc.nat(255),
  ),
  stepOf('size', terminal),
  stepOf('resize', terminal, fc.constantFrom(0, 24, 65_535), fc.nat(200)),
  stepOf('tcflush', terminal, fc.nat(3)),
  stepOf('tcflow', terminal, fc.constantFrom(0, 1, 9)),
  stepOf('eventfdRead', fc.constant(7)),
  stepOf(
    'eventfdWrite',
    fc.constant(7),
    fc.constantFrom(
      '0',
      '1',
      '77',
      String(2n ** 64n - 2n),
      String(2n ** 64n - 1n),
      String(2n ** 64n),
      '-1',
    ),
  ),
  stepOf('exitcode', status),
  stepOf(
    'macro',
    fc.constantFrom(
      'WIFEXITED',
      'WEXITSTATUS',
      'WIFSIGNALED',
      'WTERMSIG',
      'WCOREDUMP',
      'WIFSTOPPED',
      'WSTOPSIG',
      'WIFCONTINUED',
    ),
    status,
  ),
  stepOf('pipe2', fc.constantFrom(0, os.O_NONBLOCK, os.O_CLOEXEC, os.O_DIRECT, 1)),
);

/** What every run meets, or it would not test much. */
const OUTCOMES = 'EAGAIN EBADF EINVAL ENOTTY ESPIPE EPIPE RangeError splice change';

function outcomes([name]: Step, answer: unknown): string[] {
  return typeof answer === 'string' ? [name, answer] : [name];
}

test(
  `CPython and ours agree on ${COUNT} scripts, seed ${SEED}`,
  {
    timeout: 60_000 + 40 * COUNT,
  },
  () => agree('files.py', COUNT, step, () => new Files(), outcomes, OUTCOMES.split(' ')),
);
