/** fdselect/os: pipes with flags, inheritance, positions, vectors, copies inside the kernel, FIFOs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { select } from 'fdselect';
import {
  getBlocking,
  getInheritable,
  lseek,
  MFD_ALLOW_SEALING,
  memfdCreate,
  mkfifo,
  O_CLOEXEC,
  O_CREAT,
  O_NONBLOCK,
  O_RDWR,
  open as osOpen,
  pipe2,
  read,
  readv,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  SPLICE_F_NONBLOCK,
  sendfile,
  setInheritable,
  splice,
  write,
  writev,
} from 'fdselect/os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-os-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** A file with this content, at its beginning. */
function openFile(content: string): number {
  const path = join(folder(), 'file');
  writeFileSync(path, content);
  return closing(osOpen(path, O_RDWR));
}

/** A number that is no open file descriptor. */
function closedFd(): number {
  const [r] = openPipe();
  close(r);
  return r;
}

describe('pipe2', () => {
  test('sets the flags, and always close-on-exec', () => {
    const plain = pipe2(0).map(closing) as [number, number];
    const other = pipe2(O_NONBLOCK | O_CLOEXEC).map(closing) as [number, number];
    expect(plain.map(getInheritable)).toEqual([false, false]);
    expect(other.map(getInheritable)).toEqual([false, false]);
    expect(plain.map(getBlocking)).toEqual([true, true]);
    expect(other.map(getBlocking)).toEqual([false, false]);
    write(other[1], 'x');
    expect(String(read(other[0], 5))).toBe('x');
  });

  test('refuses unknown flags', () => {
    expect(thrown(() => pipe2(O_CREAT))).toEqual(osError('EINVAL', 'pipe2'));
    expect(thrown(() => pipe2(-1))).toEqual(rangeError);
    expect(thrown(() => pipe2('1' as never))).toEqual(typeError);
    expect(String(thrown(() => pipe2(1.5)))).toContain('flags must be an integer, received 1.5');
  });
});

describe('inheritance', () => {
  test('a child process has the file descriptor only while it is inheritable', () => {
    const [r] = openPipe();
    const isInChild = () =>
      spawnSync('test', ['-e', `/proc/self/fd/${r}`], { stdio: 'inherit' }).status === 0;
    expect([getInheritable(r), isInChild()]).toEqual([false, false]);
    setInheritable(r, true);
    expect(getInheritable(r)).toBe(true);
    setInheritable(r, false);
    expect(getInheritable(r)).toBe(false);
  });

  test('bad arguments and closed file descriptors', () => {
    const fd = closedFd();
    expect(thrown(() => getInheritable(fd))).toEqual(osError('EBADF', 'fcntl'));
    expect(thrown(() => setInheritable(fd, true))).toEqual(osError('EBADF', 'fcntl'));
    expect(thrown(() => setInheritable(0, 1 as never))).toEqual(typeError);
    expect(thrown(() => getInheritable(-1))).toEqual(rangeError);
  });
});

describe('lseek', () => {
  test('moves from the beginning, the position and the end', () => {
    const fd = openFile('0123456789');
    expect(lseek(fd, 3, SEEK_SET)).toBe(3);
    expect(String(read(fd, 2))).toBe('34');
    expect(lseek(fd, -1, SEEK_CUR)).toBe(4);
    expect(lseek(fd, -2, SEEK_END)).toBe(8);
    expect(String(read(fd, 5))).toBe('89');
    expect(lseek(fd, 2 ** 40, SEEK_SET)).toBe(2 ** 40);
  });

  test('a pipe is ESPIPE, a position before the beginning EINVAL', () => {
    const fd = openFile('x');
    expect(thrown(() => lseek(openPipe()[0], 0, SEEK_CUR))).toEqual(osError('ESPIPE', 'lseek'));
    expect(thrown(() => lseek(fd, -1, SEEK_SET))).toEqual(osError('EINVAL', 'lseek'));
    expect(thrown(() => lseek(fd, 0, 99))).toEqual(osError('EINVAL', 'lseek'));
    expect(thrown(() => lseek(closedFd(), 0, 0))).toEqual(osError('EBADF', 'lseek'));
    expect(thrown(() => lseek(fd, 0.5, 0))).toEqual(rangeError);
    expect(thrown(() => lseek(fd, 2 ** 60, 0))).toEqual(rangeError);
    expect(thrown(() => lseek(fd, 0, '0' as never))).toEqual(typeError);
  });
});

describe('readv and writev', () => {
  test('fill and empty several buffers in order', () => {
    const [r, w] = openPipe();
    const shared = new Uint8Array(new SharedArrayBuffer(2)).fill(0x64);
    expect(writev(w, [Buffer.from('abc'), new ArrayBuffer(0), shared])).toBe(5);
    const [first, second] = [Buffer.alloc(2), new Uint16Array(4)];
    expect(readv(r, [first, second])).toBe(5);
    expect(String(first)).toBe('ab');
    expect(Buffer.from(second.buffer, 0, 3).toString()).toBe('cdd');
  });

  test('take any iterable, also without buffers', () => {
    const [r, w] = openPipe();
    expect(writev(w, new Set([Buffer.from('x'), Buffer.from('y')]))).toBe(2);
    expect(readv(r, [])).toBe(0);
    expect(writev(w, [])).toBe(0);
    expect(String(read(r, 5))).toBe('xy');
  });

  test('more than 1024 buffers are EINVAL, as from the kernel', () => {
    const [r, w] = openPipe();
    const many = (count: number) => Array.from({ length: count }, () => Buffer.alloc(1));
    expect(writev(w, many(1024))).toBe(1024);
    expect(thrown(() => writev(w, many(1025)))).toEqual(osError('EINVAL', 'writev'));
    expect(thrown(() => readv(r, many(1025)))).toEqual(osError('EINVAL', 'readv'));
  });

  test('a buffer that shrinks while the list is read is used as it is afterwards', () => {
    const [r, w] = openPipe();
    write(w, 'abcdefgh');
    // The types of this version's library lack both.
    const Resizable = ArrayBuffer as unknown as new (
      size: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(size: number): void };
    const memory = new Resizable(8, { maxByteLength: 8 });
    function* list() {
      yield new Uint8Array(memory);
      memory.resize(2);
    }
    expect(readv(r, list())).toBe(2);
    expect(String(read(r, 10))).toBe('cdefgh');
  });

  test('name the bad argument', () => {
    const [r, w] = openPipe();
    expect(String(thrown(() => readv(r, [Buffer.alloc(1), 'x' as never])))).toContain(
      "buffers[1] must be a Buffer, TypedArray, DataView or ArrayBuffer, received 'x'",
    );
    for (const bad of [null, 5, 'ab', Buffer.alloc(2), {}]) {
      expect(thrown(() => writev(w, bad as never))).toEqual(typeError);
    }
    expect(thrown(() => readv(w, [Buffer.alloc(1)]))).toEqual(osError('EBADF', 'readv'));
    expect(thrown(() => writev(r, [Buffer.alloc(1)]))).toEqual(osError('EBADF', 'writev'));
    close(r);
    expect(thrown(() => writev(w, [Buffer.alloc(1)]))).toEqual(osError('EPIPE', 'writev'));
    const [quiet] = pipe2(O_NONBLOCK).map(closing) as [number, number];
    expect(thrown(() => readv(quiet, [Buffer.alloc(1)]))).toEqual(osError('EAGAIN', 'readv'));
  });
});

describe('sendfile', () => {
  test('copies from an offset, or from the position, which moves', () => {
    const file = openFile('0123456789');
    const [a, b] = openPair();
    expect(sendfile(a, file, 2, 3)).toBe(3);
    expect(String(b.recv(10))).toBe('234');
    expect(lseek(file, 0, SEEK_CUR)).toBe(0);
    expect(sendfile(a, file, null, 4)).toBe(4);
    expect(String(b.recv(10))).toBe('0123');
    expect(lseek(file, 0, SEEK_CUR)).toBe(4);
    expect(sendfile(a, file, 10, 5)).toBe(0);
  });

  test('errors and bad arguments', () => {
    const file = openFile('x');
    const [, w] = openPipe();
    const [a, b] = openPair();
    expect(thrown(() => sendfile(a, b, null, 1))).toEqual(osError('EINVAL', 'sendfile'));
    expect(thrown(() => sendfile(closedFd(), file, 0, 1))).toEqual(osError('EBADF', 'sendfile'));
    expect(thrown(() => sendfile(w, file, -1, 1))).toEqual(osError('EINVAL', 'sendfile'));
    expect(thrown(() => sendfile(w, file, 0, -1))).toEqual(rangeError);
    expect(thrown(() => sendfile(w, file, '0' as never, 1))).toEqual(typeError);
    const [full] = openPair();
    full.setblocking(false);
    while (full.trySend(Buffer.alloc(65536)) !== null);
    expect(thrown(() => sendfile(full, file, 0, 1))).toEqual(osError('EAGAIN', 'sendfile'));
  });
});

describe('splice', () => {
  test('moves bytes through a pipe, with offsets and without', () => {
    const file = openFile('0123456789');
    const [r, w] = openPipe();
    expect(splice(file, w, 3, { offsetSrc: 4 })).toBe(3);
    expect(lseek(file, 0, SEEK_CUR)).toBe(0);
    expect(splice(r, file, 3, { offsetDst: 0, flags: SPLICE_F_NONBLOCK })).toBe(3);
    expect(String(read(file, 20))).toBe('4563456789');
  });

  test('errors and bad arguments', () => {
    const [r, w] = openPipe();
    const [r2] = openPipe();
    const file = openFile('x');
    const empty = () => splice(r, openPipe()[1], 1, { flags: SPLICE_F_NONBLOCK });
    expect(thrown(empty)).toEqual(osError('EAGAIN', 'splice'));
    expect(thrown(() => splice(file, openFile('y'), 1))).toEqual(osError('EINVAL', 'splice'));
    expect(thrown(() => splice(r, w, 1, { offsetSrc: 0 }))).toEqual(osError('ESPIPE', 'splice'));
    expect(thrown(() => splice(r, r2, 1))).toEqual(osError('EBADF', 'splice'));
    expect(thrown(() => splice(r, w, -1))).toEqual(rangeError);
    expect(thrown(() => splice(r, w, 1, null as never))).toEqual(typeError);
    expect(thrown(() => splice(r, w, 1, { flags: -1 }))).toEqual(rangeError);
  });
});

describe('mkfifo', () => {
  test('makes a pipe with a name, of text or of bytes', () => {
    for (const name of ['é', Buffer.from([0xff, 0x66])]) {
      const path = Buffer.concat([Buffer.from(`${folder()}/`), Buffer.from(name as never)]);
      mkfifo(path, 0o600);
      const fd = closing(osOpen(path, O_RDWR));
      expect(thrown(() => lseek(fd, 0, SEEK_CUR))).toEqual(osError('ESPIPE', 'lseek'));
      expect(thrown(() => mkfifo(path))).toEqual(osError('EEXIST', 'mkfifo'));
    }
    const text = join(folder(), 'pipe');
    mkfifo(text, 0o640);
    expect(statSync(text).isFIFO()).toBe(true);
    expect(statSync(text).mode & 0o777).toBe(0o640);
    const fd = closing(osOpen(text, O_RDWR));
    write(fd, 'x');
    expect(select([fd], [], [], 0)[0]).toEqual([fd]);
  });

  test('errors and bad arguments', () => {
    expect(thrown(() => mkfifo('/nowhere/x'))).toEqual(osError('ENOENT', 'mkfifo'));
    expect(thrown(() => mkfifo('x'.repeat(5000)))).toEqual(osError('ENAMETOOLONG', 'mkfifo'));
    expect(thrown(() => mkfifo('a\0b'))).toEqual(rangeError);
    expect(thrown(() => mkfifo(5 as never))).toEqual(typeError);
    expect(thrown(() => mkfifo('x', 0o10000))).toEqual(rangeError);
  });
});

describe('memfdCreate', () => {
  test('a file without a name, which closes on exec whatever the flags are', () => {
    const fds = [memfdCreate('one'), memfdCreate('two', 0), memfdCreate('', MFD_ALLOW_SEALING)];
    for (const fd of fds) {
      expect(getInheritable(closing(fd))).toBe(false);
      write(fd, 'hello');
      lseek(fd, 0, SEEK_SET);
      expect(String(read(fd, 9))).toBe('hello');
    }
    expect(readFileSync(`/proc/self/fd/${fds[0]}`, 'utf8')).toBe('hello');
  });

  test('errors and bad arguments', () => {
    expect(thrown(() => memfdCreate('x'.repeat(250)))).toEqual(osError('EINVAL', 'memfd_create'));
    expect(thrown(() => memfdCreate('x'.repeat(9000)))).toEqual(osError('EINVAL', 'memfd_create'));
    expect(thrown(() => memfdCreate('x', 0x4000))).toEqual(osError('EINVAL', 'memfd_create'));
    expect(thrown(() => memfdCreate('a\0'))).toEqual(rangeError);
    expect(thrown(() => memfdCreate(undefined as never))).toEqual(typeError);
  });
});
