/** fdselect/os: opening, duplicating, reading and writing file descriptors. */
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { select } from 'fdselect';
import {
  dup,
  dup2,
  getBlocking,
  open,
  close as osClose,
  pipe,
  read,
  setBlocking,
  write,
} from 'fdselect/os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

function flags(fd: number): number {
  const text = /flags:\s+([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return Number.parseInt(text ?? '', 8);
}

const O_CLOEXEC = 0o2000000;

test('pipe: written bytes can be read; both ends are blocking and close on exec', () => {
  const [r, w] = pipe().map(closing) as [number, number];
  write(w, 'hello');
  expect(String(read(r, 5))).toBe('hello');
  for (const fd of [r, w]) {
    expect(flags(fd) & O_CLOEXEC).toBe(O_CLOEXEC);
    expect(getBlocking(fd)).toBe(true);
  }
});

test('dup closes on exec, dup2 does not; both are the same file', () => {
  const [r, w] = openPipe();
  const copy = closing(dup(w));
  const other = closing(dup2(w, 900));
  expect([copy === w, other]).toEqual([false, 900]);
  expect([flags(copy) & O_CLOEXEC, flags(other) & O_CLOEXEC]).toEqual([O_CLOEXEC, 0]);
  write(copy, 'a');
  write(other, 'b');
  expect(String(read(r, 5))).toBe('ab');
  const [a, b] = openPair();
  expect(closing(dup(a))).not.toBe(b.fileno());
});

test('dup2 closes the former file of the number', () => {
  const [r, w] = openPipe();
  const [, other] = openPipe();
  dup2(w, other);
  close(w);
  write(other, 'x');
  expect(String(read(r, 5))).toBe('x');
});

test('the blocking mode belongs to the file, and so to its duplicates', () => {
  const [r] = openPipe();
  const copy = closing(dup(r));
  setBlocking(r, false);
  expect([getBlocking(r), getBlocking(copy)]).toEqual([false, false]);
  setBlocking(copy, true);
  expect(getBlocking(r)).toBe(true);
});

test('bad arguments and closed file descriptors', () => {
  for (const call of [
    dup,
    getBlocking,
    (fd: number) => dup2(fd, 901),
    (fd: number) => setBlocking(fd, true),
  ]) {
    expect(thrown(() => call(9999))).toEqual(osError('EBADF'));
    expect(thrown(() => call(-1))).toEqual(rangeError);
    expect(thrown(() => call('x' as never))).toEqual(typeError);
  }
  expect(thrown(() => dup2(0, 2 ** 31 - 1))).toEqual(osError('EBADF', 'dup2'));
  expect(thrown(() => setBlocking(0, 1 as never))).toEqual(typeError);
});

/** A folder that is gone after the test. */
function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-os-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A non-blocking pipe that takes nothing more. */
function openFullPipe(): [r: number, w: number, size: number] {
  const [r, w] = openPipe();
  setBlocking(w, false);
  let size = 0;
  for (const chunk of [Buffer.alloc(65536), Buffer.alloc(1)]) {
    while (select([], [w], [], 0)[1].length > 0) size += write(w, chunk);
  }
  return [r, w, size];
}

describe('open', () => {
  test('for reading by default; blocking, and it closes on exec', () => {
    const path = join(openFolder(), 'file');
    writeFileSync(path, 'content');
    const fd = closing(open(path));
    expect(flags(fd) & O_CLOEXEC).toBe(O_CLOEXEC);
    expect(getBlocking(fd)).toBe(true);
    expect(String(read(fd, 100))).toBe('content');
    expect(thrown(() => write(fd, 'x'))).toEqual(osError('EBADF', 'write'));
  });

  test('flags and mode: a new file, less the umask', () => {
    const path = join(openFolder(), 'file');
    const { O_CREAT, O_EXCL, O_RDWR, O_APPEND, O_TRUNC, O_NONBLOCK } = constants;
    const umask = process.umask(0o027);
    onTestFinished(() => void process.umask(umask));
    const fd = closing(open(path, O_RDWR | O_CREAT | O_EXCL, 0o666));
    expect(statSync(path).mode & 0o7777).toBe(0o640);
    expect(thrown(() => open(path, O_CREAT | O_EXCL))).toEqual(osError('EEXIST', 'open'));
    write(fd, 'one');
    write(closing(open(path, constants.O_WRONLY | O_APPEND)), 'two');
    expect(readFileSync(path, 'latin1')).toBe('onetwo');
    closing(open(path, O_RDWR | O_TRUNC));
    expect(statSync(path).size).toBe(0);
    expect(getBlocking(closing(open(path, O_NONBLOCK)))).toBe(false);
    const other = join(openFolder(), 'other');
    closing(open(other, O_CREAT));
    expect(statSync(other).mode & 0o7777).toBe(0o750); // Python's 0o777
  });

  test('the path is UTF-8', () => {
    const path = join(openFolder(), 'ä€😀');
    closing(open(path, constants.O_CREAT | constants.O_WRONLY));
    expect(statSync(path).isFile()).toBe(true);
  });

  testUnless({ Deno: 'its existsSync() takes no such path' })(
    'a path that is no UTF-8 is given as bytes',
    () => {
      const path = Buffer.concat([Buffer.from(join(openFolder(), 'x')), Buffer.from([0xff])]);
      closing(open(path, constants.O_CREAT));
      expect(existsSync(path)).toBe(true);
    },
  );

  test('errors of the kernel', () => {
    const folder = openFolder();
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    expect(thrown(() => open(join(folder, 'none')))).toEqual(osError('ENOENT', 'open'));
    expect(thrown(() => open(''))).toEqual(osError('ENOENT', 'open'));
    expect(thrown(() => open(folder, constants.O_RDWR))).toEqual(osError('EISDIR', 'open'));
    expect(thrown(() => open('/dev/null/x'))).toEqual(osError('ENOTDIR', 'open'));
    expect(thrown(() => open(loop))).toEqual(osError('ELOOP', 'open'));
    expect(thrown(() => open('x'.repeat(10_000)))).toEqual(osError('ENAMETOOLONG', 'open'));
  });

  test('bad arguments', () => {
    for (const path of [1, null, undefined, new Uint16Array(1), new URL('file:///')]) {
      expect(thrown(() => open(path as never))).toEqual(typeError);
    }
    for (const path of ['/dev/null\0x', Buffer.from('/dev/null\0x'), '/tmp/\ud800']) {
      expect(thrown(() => open(path))).toEqual(rangeError);
    }
    for (const value of ['r', null, true, 0n]) {
      expect(thrown(() => open('/dev/null', value as never))).toEqual(typeError);
      expect(thrown(() => open('/dev/null', 0, value as never))).toEqual(typeError);
    }
    for (const value of [-1, 0.5, Number.NaN, 2 ** 31]) {
      expect(thrown(() => open('/dev/null', value))).toEqual(rangeError);
      expect(thrown(() => open('/dev/null', 0, value))).toEqual(rangeError);
    }
    expect(thrown(() => open('/dev/null', 0, 0o10000))).toEqual(rangeError);
  });
});

describe('read', () => {
  test('at most as many as wanted, the existing bytes, nothing at the end', () => {
    const [r, w] = openPipe();
    write(w, 'abcdef');
    expect(['ab', 'cdef']).toEqual([2, 100].map((size) => String(read(r, size))));
    expect(read(r, 0)).toHaveLength(0);
    close(w);
    expect([read(r, 10), read(r, 10)].map((data) => data.length)).toEqual([0, 0]);
  });

  test('every call returns a new Buffer', () => {
    const [r, w] = openPipe();
    write(w, 'abcdef');
    const [first, second] = [read(r, 3), read(r, 3)];
    expect([first, second].map(String)).toEqual(['abc', 'def']);
    expect(first.buffer).not.toBe(second.buffer);
    expect(Buffer.isBuffer(first)).toBe(true);
  });

  test('a file, piece by piece', () => {
    const fd = closing(open(new URL(import.meta.url).pathname));
    const pieces: Buffer[] = [];
    do pieces.push(read(fd, 1000));
    while (pieces.at(-1)?.length !== 0);
    expect(Buffer.concat(pieces).equals(readFileSync(new URL(import.meta.url)))).toBe(true);
  });

  test('errors of the kernel', () => {
    const [r, w] = openPipe();
    setBlocking(r, false);
    expect(thrown(() => read(r, 1))).toEqual(osError('EAGAIN', 'read'));
    expect(thrown(() => read(w, 1))).toEqual(osError('EBADF', 'read'));
    expect(thrown(() => read(9999, 1))).toEqual(osError('EBADF', 'read'));
    expect(thrown(() => read(closing(open('/')), 1))).toEqual(osError('EISDIR', 'read'));
  });

  test('bad arguments', () => {
    const [r] = openPipe();
    for (const size of ['1', null, undefined, 1n]) {
      expect(thrown(() => read(r, size as never))).toEqual(typeError);
    }
    for (const size of [-1, 0.5, Number.NaN, 2 ** 31]) {
      expect(thrown(() => read(r, size))).toEqual(rangeError);
    }
    expect(thrown(() => read(-1, 1))).toEqual(rangeError);
    expect(thrown(() => read('x' as never, 1))).toEqual(typeError);
  });
});

describe('write', () => {
  test('a string is UTF-8, and the count is of bytes', () => {
    const [r, w] = openPipe();
    expect(write(w, 'ä€😀')).toBe(9);
    expect(read(r, 100).equals(Buffer.from('ä€😀', 'utf8'))).toBe(true);
    expect(write(w, 'a\0b')).toBe(3);
    expect(read(r, 100)).toEqual(Buffer.from([97, 0, 98]));
    expect(write(w, '\ud800')).toBe(3); // half a character: as in Buffer.from
    expect(String(read(r, 100))).toBe('\ufffd');
    expect(write(w, '')).toBe(0);
  });

  test('every kind of memory', () => {
    const shared = new SharedArrayBuffer(3);
    new Uint8Array(shared).set(Buffer.from('xyz'));
    const memory = Buffer.from('..abcd..').subarray(2, 6);
    const [r, w] = openPipe();
    for (const [data, text] of [
      [memory, 'abcd'],
      [new Uint16Array([0x4141, 0x4242]), 'AABB'],
      [new DataView(Uint8Array.from(Buffer.from('12345')).buffer, 1, 3), '234'],
      [new Uint8Array([67]).buffer, 'C'],
      [shared, 'xyz'],
      [new Uint8Array(shared, 1, 1), 'y'],
    ] as const) {
      expect(write(w, data)).toBe(text.length);
      expect(String(read(r, 100))).toBe(text);
    }
  });

  test('a full non-blocking pipe takes a part, then EAGAIN; the part can be read', () => {
    const [r, w, size] = openFullPipe();
    expect(thrown(() => write(w, 'x'))).toEqual(osError('EAGAIN', 'write'));
    const room = read(r, 10_000).length;
    expect(room).toBe(10_000);
    let drained = room;
    while (drained < size) drained += read(r, 65536).length;
    const much = Buffer.alloc(1_000_000, 'much');
    const taken = write(w, much);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(much.length);
    expect(thrown(() => write(w, much))).toEqual(osError('EAGAIN', 'write'));
    const pieces: Buffer[] = [];
    for (let got = 0; got < taken; ) {
      const piece = read(r, 65536);
      pieces.push(piece);
      got += piece.length;
    }
    expect(Buffer.concat(pieces).equals(much.subarray(0, taken))).toBe(true);
  });

  test('a pipe whose read end is closed: EPIPE, never SIGPIPE', () => {
    const [r, w] = openPipe();
    close(r);
    expect(thrown(() => write(w, 'x'))).toEqual(osError('EPIPE', 'write'));
  });

  test('bad arguments, and an fd that is not open for writing', () => {
    const [r, w] = openPipe();
    for (const data of [1, null, undefined, {}, [1], true]) {
      expect(thrown(() => write(w, data as never))).toEqual(typeError);
    }
    expect(thrown(() => write(-1, 'x'))).toEqual(rangeError);
    expect(thrown(() => write('x' as never, 'x'))).toEqual(typeError);
    expect(thrown(() => write(r, 'x'))).toEqual(osError('EBADF', 'write'));
    expect(thrown(() => write(9999, 'x'))).toEqual(osError('EBADF', 'write'));
  });
});

describe('close', () => {
  test('closes the file; a second close is EBADF', () => {
    const [r, w] = pipe();
    osClose(w);
    expect(read(r, 1)).toHaveLength(0);
    osClose({ fd: r });
    for (const fd of [r, w]) expect(thrown(() => osClose(fd))).toEqual(osError('EBADF', 'close'));
  });

  const deno = 'it remembers its own fds and gives the number of a closed one out again';
  testUnless({ Deno: deno })('what node:fs has opened', () => {
    const fd = openSync('/dev/null', 'r');
    osClose(fd);
    expect(() => closeSync(fd)).toThrow('EBADF');
  });

  test('bad arguments', () => {
    expect(thrown(() => osClose(-1))).toEqual(rangeError);
    expect(thrown(() => osClose(1.5))).toEqual(rangeError);
    for (const fd of ['1', null, undefined, {}]) {
      expect(thrown(() => osClose(fd as never))).toEqual(typeError);
    }
  });
});
