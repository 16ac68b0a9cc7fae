/** fdselect/fcntl: commands with numbers and with structures, locks. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_GETLK,
  F_GETOWN,
  F_GETPIPE_SZ,
  F_SETFL,
  F_SETLK,
  F_SETOWN,
  F_SETPIPE_SZ,
  F_UNLCK,
  F_WRLCK,
  FD_CLOEXEC,
  fcntl,
  flock,
  ioctl,
  LOCK_EX,
  LOCK_NB,
  LOCK_SH,
  LOCK_UN,
  lockf,
} from 'fdselect/fcntl';
import { getBlocking, O_NONBLOCK, O_RDWR, openpty, open as osOpen, write } from 'fdselect/os';
import { FIONREAD, TIOCGWINSZ, TIOCSWINSZ } from 'fdselect/tty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { close, closing, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

function openTwice(): [number, number] {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-fcntl-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, '0123456789');
  return [closing(osOpen(path, O_RDWR)), closing(osOpen(path, O_RDWR))];
}

/** struct flock: the whole file, by default. */
function lock(type: number, { start = 0, length = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeInt16LE(type, 0);
  bytes.writeBigInt64LE(BigInt(start), 8);
  bytes.writeBigInt64LE(BigInt(length), 16);
  return bytes;
}

describe('fcntl', () => {
  test('takes and returns numbers', () => {
    const [r, w] = openPipe();
    expect(fcntl(r, F_GETFD)).toBe(FD_CLOEXEC);
    fcntl(w, F_SETFL, fcntl(w, F_GETFL) | O_NONBLOCK);
    expect([getBlocking(w), getBlocking(r)]).toEqual([false, true]);
    expect(fcntl(r, F_SETPIPE_SZ, 8192)).toBe(8192);
    expect(fcntl({ fileno: () => w }, F_GETPIPE_SZ)).toBe(8192);
  });

  const testStat = testUnless({ qemu: 'qemu-user makes /proc/self/stat up' });
  testStat('a result below zero is no error', () => {
    const [r] = openPipe();
    const [, , group] = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /, '').split(' ');
    expect(Number(group)).toBeGreaterThan(0);
    fcntl(r, F_SETOWN, -Number(group));
    expect(fcntl(r, F_GETOWN)).toBe(-Number(group));
  });

  test('an fd of F_DUPFD is inherited, as from the kernel; one of F_DUPFD_CLOEXEC is not', () => {
    const [r] = openPipe();
    const copy = closing(fcntl(r, F_DUPFD, 700));
    const other = closing(fcntl(r, F_DUPFD_CLOEXEC, 700));
    expect([copy, other]).toEqual([700, 701]);
    expect([fcntl(copy, F_GETFD), fcntl(other, F_GETFD)]).toEqual([0, FD_CLOEXEC]);
  });

  test('a structure is returned in a new Buffer; the argument does not change', () => {
    const [a] = openTwice();
    const asked = lock(F_WRLCK, { start: 2, length: 3 });
    fcntl(a, F_SETLK, asked);
    const answer = fcntl(a, F_GETLK, asked);
    expect(answer).toHaveLength(32);
    expect(answer.readInt16LE(0)).toBe(F_UNLCK); // one's own locks do not count
    expect(asked).toEqual(lock(F_WRLCK, { start: 2, length: 3 }));
    expect(fcntl(a, F_SETLK, new Uint16Array(lock(F_UNLCK).buffer.slice(0, 0)))).toHaveLength(0);
  });

  test('errors and bad arguments', () => {
    const [r] = openPipe();
    expect(thrown(() => fcntl(r, 12345))).toEqual(osError('EINVAL', 'fcntl'));
    expect(thrown(() => fcntl(r, F_SETLK, 0))).toEqual(osError('EFAULT', 'fcntl'));
    expect(thrown(() => fcntl(r, F_GETFL, Buffer.alloc(1025)))).toEqual(rangeError);
    expect(thrown(() => fcntl(r, F_GETFL, '0' as never))).toEqual(typeError);
    expect(thrown(() => fcntl(r, F_GETFL, 2 ** 32))).toEqual(rangeError);
    expect(thrown(() => fcntl(r, 0.5))).toEqual(rangeError);
    expect(String(thrown(() => fcntl(r, F_GETFL, null as never)))).toContain('arg must be');
    close(r);
    expect(thrown(() => fcntl(r, F_GETFD))).toEqual(osError('EBADF', 'fcntl'));
  });
});

describe('ioctl', () => {
  test('changes the structure in place, and returns the result of the call', () => {
    const [r, w] = openPipe();
    write(w, 'hello');
    const count = new Int32Array(1);
    expect(ioctl(r, FIONREAD, count)).toBe(0);
    expect(count[0]).toBe(5);
  });

  test('without mutate it returns a new Buffer', () => {
    const [, slave] = openpty().map(closing) as [number, number];
    const size = Buffer.from(Uint16Array.of(30, 90, 0, 0).buffer);
    expect(ioctl(slave, TIOCSWINSZ, size)).toBe(0);
    const asked = Buffer.alloc(8);
    expect(ioctl(slave, TIOCGWINSZ, asked, false)).toEqual(size);
    expect(asked).toEqual(Buffer.alloc(8));
  });

  test('a request above 2^31 may be signed or not', () => {
    const TIOCGPTN = 0x80045430;
    const [master] = openpty().map(closing) as [number, number];
    const [one, other] = [Buffer.alloc(4, 0xff), Buffer.alloc(4, 0xff)];
    ioctl(master, TIOCGPTN, one);
    ioctl(master, TIOCGPTN | 0, other);
    expect(one).toEqual(other);
    expect(one.readInt32LE(0)).toBeGreaterThanOrEqual(0);
  });

  test('a structure that is too short for the request does not let it write past its end', () => {
    const memory = Buffer.alloc(16, 0x77);
    const [, slave] = openpty().map(closing) as [number, number];
    ioctl(slave, TIOCGWINSZ, memory.subarray(0, 2));
    expect(memory.subarray(2)).toEqual(Buffer.alloc(14, 0x77));
  });

  test('more than 1024 bytes are used in place, if the request needs no more', () => {
    const [, slave] = openpty().map(closing) as [number, number];
    const large = Buffer.alloc(2000, 0xff);
    ioctl(slave, TIOCGWINSZ, large);
    expect([...large.subarray(0, 9)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0xff]);
    const beyond = ((2 << 30) | (4000 << 16) | 0x5413) >>> 0; // _IOC(_IOC_READ, 'T', 0x13, 4000)
    expect(thrown(() => ioctl(slave, beyond, large))).toEqual(osError('EINVAL', 'ioctl'));
    expect(thrown(() => ioctl(slave, TIOCGWINSZ, large, false))).toEqual(rangeError);
  });

  test('errors and bad arguments', () => {
    const [r] = openPipe();
    expect(thrown(() => ioctl(r, TIOCGWINSZ, Buffer.alloc(8)))).toEqual(osError('ENOTTY', 'ioctl'));
    expect(thrown(() => ioctl(r, FIONREAD, 1))).toEqual(osError('EFAULT', 'ioctl'));
    expect(thrown(() => ioctl(r, 2 ** 32))).toEqual(rangeError);
    expect(thrown(() => ioctl(r, FIONREAD, 'x' as never))).toEqual(typeError);
    expect(thrown(() => ioctl(r, FIONREAD, Buffer.alloc(4), 1 as never))).toEqual(typeError);
    close(r);
    expect(thrown(() => ioctl(r, FIONREAD, Buffer.alloc(4)))).toEqual(osError('EBADF', 'ioctl'));
  });
});

describe('lockf', () => {
  /** CPython, as another process, tries to lock: 'locked', or the name of the error. */
  function triedByPython(fd: number, operation: number, length = 0, start = 0): string {
    const script = `
import fcntl, sys
try: fcntl.lockf(open(sys.argv[1], 'r+'), *map(int, sys.argv[2:])); print('locked')
except OSError as error: print(type(error).__name__)`;
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    const list = ['-c', script, path, operation, length, start].map(String);
    return execFileSync('python3', list, { encoding: 'utf8' }).trim();
  }

  test('CPython test_lockf_exclusive, test_lockf_share: another process', () => {
    const [a] = openTwice();
    lockf(a, LOCK_EX | LOCK_NB);
    expect(triedByPython(a, LOCK_SH | LOCK_NB)).toBe('BlockingIOError');
    lockf(a, LOCK_SH);
    expect(triedByPython(a, LOCK_SH | LOCK_NB)).toBe('locked');
    lockf(a, LOCK_UN);
    expect(triedByPython(a, LOCK_EX | LOCK_NB)).toBe('locked');
  });

  test('a part of a file, from its beginning, its position or its end', () => {
    const [a] = openTwice();
    const asked = lock(F_WRLCK);
    write(a, 'xy');
    const ranges: [start: number, whence: number, first: number][] = [
      [4, 0, 4],
      [2, 1, 4],
      [-1, 2, 9],
    ];
    for (const [start, whence, first] of ranges) {
      lockf(a, LOCK_EX, 3, start, whence);
      expect(triedByPython(a, LOCK_EX | LOCK_NB, 1, first)).toBe('BlockingIOError');
      lockf(a, LOCK_UN, 3, start, whence);
    }
    lockf(a, LOCK_EX, 3, 4);
    expect(triedByPython(a, LOCK_EX | LOCK_NB, 4, 0)).toBe('locked');
    expect(triedByPython(a, LOCK_EX | LOCK_NB, 1, 6)).toBe('BlockingIOError');
    expect(triedByPython(a, LOCK_EX | LOCK_NB, 0, 7)).toBe('locked');
    expect(fcntl(a, F_GETLK, asked).readInt16LE(0)).toBe(F_UNLCK); // one's own locks do not count
  });

  test('errors and bad arguments', () => {
    const [a] = openTwice();
    const [r] = openPipe();
    expect(thrown(() => lockf(a, LOCK_EX, 1, -1))).toEqual(osError('EINVAL', 'fcntl'));
    expect(thrown(() => lockf(r, LOCK_EX))).toEqual(osError('EBADF', 'fcntl'));
    for (const cmd of [0, LOCK_NB, 64, 2 ** 31, 0.5]) {
      expect(thrown(() => lockf(a, cmd))).toEqual(rangeError);
    }
    expect(thrown(() => lockf(a, '1' as never))).toEqual(typeError);
    const names = ['len', 'start', 'whence'];
    for (const [i, name] of names.entries()) {
      const list = [a, LOCK_EX, 0, 0, 0];
      list[i + 2] = 0.5;
      expect(String(thrown(() => lockf(...(list as [number, number]))))).toContain(`${name} must`);
    }
    close(a);
    expect(thrown(() => lockf(a, LOCK_EX))).toEqual(osError('EBADF', 'fcntl'));
  });
});

describe('flock', () => {
  test('one holder, or several that share', () => {
    const [a, b] = openTwice();
    flock(a, LOCK_EX);
    expect(thrown(() => flock(b, LOCK_EX | LOCK_NB))).toEqual(osError('EAGAIN', 'flock'));
    flock(a, LOCK_SH);
    flock(b, LOCK_SH | LOCK_NB);
    flock(a, LOCK_UN);
    flock(b, LOCK_EX);
    close(b);
    flock(a, LOCK_EX | LOCK_NB);
  });

  test('errors and bad arguments', () => {
    const [a] = openTwice();
    expect(thrown(() => flock(a, 64))).toEqual(osError('EINVAL', 'flock'));
    expect(thrown(() => flock(a, '1' as never))).toEqual(typeError);
    expect(String(thrown(() => flock(a, 1.5)))).toContain('operation must be an integer');
    close(a);
    expect(thrown(() => flock(a, LOCK_EX))).toEqual(osError('EBADF', 'flock'));
  });
});
