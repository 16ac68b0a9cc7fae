/** fdselect/io: reading and writing with deadlines. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read, readAll, readAllAsync, readAsync, writeAll, writeAllAsync } from 'fdselect/io';
import {
  getBlocking,
  mkfifo,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  openpty,
  open as osOpen,
  read as osRead,
  setBlocking,
  write,
} from 'fdselect/os';
import { setraw } from 'fdselect/tty';
import { describe, expect, onTestFinished, test } from 'vitest';
import { waitedForCpu } from '../support/cpu.ts';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';
import '../support/waiter.ts';

/**
 * How much later than its deadline a call may end, in milliseconds. The earliest of a few calls counts:
 * a busy machine makes some of them later, and none earlier.
 */
const LATE_MS = 50;
const TIMES = 4;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-io-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** The two ends of each kind of stream, both blocking. */
const KINDS: Record<string, () => [reader: number, writer: number]> = {
  pipe: openPipe,
  FIFO: () => {
    const path = join(folder(), 'fifo');
    mkfifo(path);
    const both = closing(osOpen(path, O_RDWR));
    const ends: [number, number] = [
      closing(osOpen(path, O_RDONLY)),
      closing(osOpen(path, O_WRONLY)),
    ];
    close(both);
    return ends;
  },
  socket: () => openPair().map((end) => end.fileno()) as [number, number],
  'terminal, from the slave': () => {
    const [master, slave] = openpty().map(closing) as [number, number];
    setraw(slave);
    return [master, slave];
  },
  'terminal, from the master': () => {
    const [master, slave] = openpty().map(closing) as [number, number];
    setraw(slave);
    return [slave, master];
  },
};
const names = Object.keys(KINDS);

function open(name: string): [reader: number, writer: number] {
  return (KINDS[name] as () => [number, number])();
}

/** The errors of calls that end after `seconds`: never earlier, and at least once in time. */
async function errorsOnTime(
  seconds: number,
  run: () => unknown,
): Promise<{ bytesWritten: number; partial: Buffer }[]> {
  const errors: unknown[] = [];
  const late: number[] = [];
  const lateByItself: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const waited = waitedForCpu();
    const begin = performance.now();
    try {
      await run();
    } catch (error) {
      errors.push(error);
    }
    const milliseconds = performance.now() - begin - seconds * 1000;
    late.push(milliseconds);
    lateByItself.push(milliseconds - (waitedForCpu() - waited));
  }
  expect(errors).toHaveLength(TIMES);
  expect(Math.min(...late)).toBeGreaterThanOrEqual(-1);
  expect(Math.min(...lateByItself)).toBeLessThan(LATE_MS);
  return errors as { bytesWritten: number; partial: Buffer }[];
}

describe.each(names)('%s', (name) => {
  test.each([true, false])('existing bytes are read, with O_NONBLOCK clear: %s', (blocking) => {
    const [reader, writer] = open(name);
    setBlocking(reader, blocking);
    write(writer, 'hello');
    expect(String(read(reader, 3))).toBe('hel');
    expect(String(read(reader, 9, { timeout: 0 }))).toBe('lo');
    expect(getBlocking(reader)).toBe(blocking);
  });

  test.each([true, false])(
    'a deadline ends a read, with O_NONBLOCK clear: %s',
    async (blocking) => {
      const [reader] = open(name);
      setBlocking(reader, blocking);
      for (const timeout of [0.03, 0]) {
        const [error] = await errorsOnTime(timeout, () => read(reader, 1, { timeout }));
        expect(error).toEqual(osError('ETIMEDOUT', 'read'));
      }
      expect(getBlocking(reader)).toBe(blocking);
    },
  );

  test.each([true, false])(
    'a deadline ends a write, with O_NONBLOCK clear: %s',
    async (blocking) => {
      const [reader, writer] = open(name);
      setBlocking(writer, blocking);
      const data = Buffer.alloc(1_000_000, 'x');
      const errors = await errorsOnTime(0.2, () => writeAll(writer, data, { timeout: 0.2 }));
      for (const error of errors) expect(error).toEqual(osError('ETIMEDOUT', 'write'));
      expect(getBlocking(writer)).toBe(blocking);
      const bytesWritten = errors.reduce((sum, error) => sum + error.bytesWritten, 0);
      expect(bytesWritten).toBeGreaterThan(0);
      // Not a byte more or less has gone out.
      setBlocking(reader, false);
      let received = 0;
      while (received < bytesWritten) received += read(reader, 1_000_000, { timeout: 5 }).length;
      expect(received).toBe(bytesWritten);
      expect(thrown(() => osRead(reader, 1))).toEqual(osError('EAGAIN', 'read'));
    },
  );

  test('the same without blocking the thread', async () => {
    const [reader, writer] = open(name);
    const [error] = await errorsOnTime(0.05, () => readAsync(reader, 1, { timeout: 0.05 }));
    expect(error).toEqual(osError('ETIMEDOUT', 'read'));
    const data = Buffer.alloc(300_000, 'y');
    const wrote = writeAllAsync(writer, data);
    let received = 0;
    while (received < data.length) received += (await readAsync(reader, 100_000)).length;
    expect([await wrote, received]).toEqual([data.length, data.length]);
    const [full] = await errorsOnTime(0.2, () =>
      writeAllAsync(writer, Buffer.alloc(3_000_000), { timeout: 0.2 }),
    );
    expect(full).toEqual(osError('ETIMEDOUT', 'write'));
    expect(full?.bytesWritten).toBeGreaterThan(0);
    expect(getBlocking(reader) && getBlocking(writer)).toBe(true);
  });
});

describe('read', () => {
  test('the end of file of each kind of pipe is an empty Buffer', async () => {
    const [reader, writer] = openPipe();
    close(writer);
    expect(read(reader, 5)).toHaveLength(0);
    expect(await readAsync(reader, 5)).toHaveLength(0);
  });

  test('a regular file never waits', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, 'content');
    const fd = closing(osOpen(path));
    expect(String(read(fd, 4, { timeout: 0 }))).toBe('cont');
    expect(String(await readAsync(fd, 9, { timeout: 0 }))).toBe('ent');
    expect(read(fd, 9, { timeout: 0 })).toHaveLength(0);
  });

  test('an aborted read takes no bytes', async () => {
    const [reader, writer] = openPipe();
    const abort = new AbortController();
    const pending = readAsync(reader, 5, { signal: abort.signal });
    abort.abort(new Error('mine'));
    await expect(pending).rejects.toThrow('mine');
    await expect(readAsync(reader, 5, { signal: abort.signal })).rejects.toThrow('mine');
    write(writer, 'x');
    expect(String(read(reader, 5))).toBe('x');
  });

  test('EBADF of the wrong direction or a closed fd, and EISDIR, are thrown at once', async () => {
    const [reader, writer] = openPipe();
    expect(thrown(() => read(writer, 1))).toEqual(osError('EBADF', 'read'));
    await expect(readAsync(writer, 1)).rejects.toEqual(osError('EBADF', 'read'));
    expect(thrown(() => read(closing(osOpen('/')), 1))).toEqual(osError('EISDIR', 'read'));
    close(reader);
    expect(thrown(() => read(reader, 1))).toEqual(osError('EBADF', 'read'));
  });

  test('bad arguments', async () => {
    const [reader] = openPipe();
    expect(thrown(() => read('x' as never, 1))).toEqual(typeError);
    expect(String(thrown(() => read(reader, -1)))).toContain('size must be from 0');
    for (const timeout of [-1, Number.NaN]) {
      expect(thrown(() => read(reader, 1, { timeout }))).toEqual(rangeError);
    }
    expect(thrown(() => read(reader, 1, { timeout: '1' as never }))).toEqual(typeError);
    for (const options of [null, 5, 'x']) {
      expect(thrown(() => read(reader, 1, options as never))).toEqual(typeError);
      await expect(readAsync(reader, 1, options as never)).rejects.toEqual(typeError);
    }
    const signal = {} as AbortSignal;
    await expect(readAsync(reader, 1, { signal })).rejects.toEqual(typeError);
  });
});

describe('readAll', () => {
  test('reads to the end, however much there is', async () => {
    const path = join(folder(), 'file');
    const data = Buffer.alloc(1_234_567, 'abcdefg');
    writeFileSync(path, data);
    expect(readAll(closing(osOpen(path)), { timeout: 5 }).equals(data)).toBe(true);
    expect((await readAllAsync(closing(osOpen(path)))).equals(data)).toBe(true);
    expect(readAll(closing(osOpen('/dev/null')))).toHaveLength(0);
  });

  test('maxSize: one byte more is EMSGSIZE; its `partial` has all bytes', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '0123456789');
    expect(String(readAll(closing(osOpen(path)), { maxSize: 10 }))).toBe('0123456789');
    for (const [maxSize, partial] of [
      [9, '0123456789'],
      [3, '0123'],
      [0, '0'],
    ] as const) {
      const error = thrown(() => readAll(closing(osOpen(path)), { maxSize }));
      expect(error).toEqual(osError('EMSGSIZE', 'read'));
      expect(String((error as { partial: Buffer }).partial)).toBe(partial);
    }
    await expect(readAllAsync(closing(osOpen(path)), { maxSize: 2 })).rejects.toMatchObject({
      code: 'EMSGSIZE',
      partial: Buffer.from('012'),
    });
    expect(thrown(() => readAll(0, { maxSize: -1 }))).toEqual(rangeError);
    expect(thrown(() => readAll(0, { maxSize: 'x' as never }))).toEqual(typeError);
  });

  test('the deadline is for the whole call, and bytes that were read are not lost', async () => {
    const [reader, writer] = openPipe();
    for (const readsAll of [readAll, readAllAsync]) {
      const errors = await errorsOnTime(0.05, () => {
        write(writer, 'half');
        return readsAll(reader, { timeout: 0.05 });
      });
      for (const error of errors) {
        expect(error).toMatchObject({ code: 'ETIMEDOUT', partial: Buffer.from('half') });
      }
    }
  });

  test('a source without end ends at the deadline', async () => {
    const fd = closing(osOpen('/dev/zero'));
    for (const timeout of [0, 0.05]) {
      for (const readsAll of [readAll, readAllAsync]) {
        const error = await Promise.resolve()
          .then(() => readsAll(fd, { timeout }))
          .catch((reason: unknown) => reason);
        expect(error).toEqual(osError('ETIMEDOUT', 'read'));
        expect((error as { partial: Buffer }).partial.length).toBeGreaterThan(0);
      }
    }
  });

  test('an error in the middle has the bytes from before: the end of a terminal', () => {
    const [master, slave] = openpty().map(closing) as [number, number];
    write(slave, 'last words');
    close(slave);
    const error = thrown(() => readAll(master));
    expect(error).toMatchObject({ code: 'EIO', partial: Buffer.from('last words') });
  });

  test('one AbortSignal ends several calls, and each error has its own `partial`', async () => {
    const [one, two] = [openPipe(), openPipe()];
    write(one[1], 'one');
    write(two[1], 'two');
    const abort = new AbortController();
    const reason = new Error('mine');
    const pending = [one, two].map(([reader]) =>
      readAllAsync(reader, { signal: abort.signal }).catch((error: unknown) => error),
    );
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort(reason);
    const [first, second] = await Promise.all(pending);
    expect(first).toBe(reason);
    expect(String((first as { partial: Buffer }).partial)).toBe('one');
    expect(second).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
    expect(String((second as { partial: Buffer }).partial)).toBe('two');
  });
});

describe('writeAll', () => {
  test('takes strings and every kind of bytes, and returns how many were written', async () => {
    const [reader, writer] = openPipe();
    expect(writeAll(writer, 'é')).toBe(2);
    expect(writeAll(writer, new Uint16Array([0x6161]))).toBe(2);
    expect(await writeAllAsync(writer, new ArrayBuffer(1))).toBe(1);
    expect(writeAll(writer, '')).toBe(0);
    expect(String(read(reader, 9))).toBe('éaa\0');
  });

  test('errors say how much was written', async () => {
    const [reader, writer] = openPipe();
    const small = writeAllAsync(writer, Buffer.alloc(1_000_000));
    await new Promise((resolve) => setImmediate(resolve));
    close(reader);
    const error = await small.catch((reason: unknown) => reason);
    expect(error).toEqual(osError('EPIPE', 'write'));
    expect((error as { bytesWritten: number }).bytesWritten).toBe(65536);
    expect(thrown(() => writeAll(writer, 'x'))).toMatchObject({ code: 'EPIPE', bytesWritten: 0 });
  });

  test('aborted, the reason says how much was written', async () => {
    const [, writer] = openPipe();
    const abort = new AbortController();
    const pending = writeAllAsync(writer, Buffer.alloc(100_000), { signal: abort.signal });
    await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await expect(pending).rejects.toMatchObject({ name: 'AbortError', bytesWritten: 65536 });
  });

  test('EBADF of the wrong direction is thrown at once, also for no bytes', async () => {
    const [reader, writer] = openPipe();
    for (const data of ['x', '']) {
      expect(thrown(() => writeAll(reader, data))).toMatchObject({
        code: 'EBADF',
        syscall: 'write',
        bytesWritten: 0,
      });
      await expect(writeAllAsync(reader, data)).rejects.toEqual(osError('EBADF', 'write'));
    }
    close(writer);
    expect(thrown(() => writeAll(writer, ''))).toEqual(osError('EBADF', 'write'));
    expect(thrown(() => writeAll(0, 5 as never))).toEqual(typeError);
    expect(thrown(() => writeAll(0, 'x', { timeout: -1 }))).toEqual(rangeError);
  });
});

test('deadlines hold although others read from and write to the same files', async () => {
  const { Worker } = await import('node:worker_threads');
  const [reader, writer] = openPipe();
  const busy = new Int32Array(new SharedArrayBuffer(4));
  // Takes every byte as soon as it comes, so poll(2) reports readiness and the read finds nothing.
  const thief = new Worker(
    scriptFile(`
import { workerData } from 'node:worker_threads';
import { read } from 'fdselect/os';
const [fd, busy] = workerData;
while (Atomics.load(busy, 0) === 0) read(fd, 1);`),
    { workerData: [reader, busy] },
  );
  const source = new Worker(
    scriptFile(`
import { workerData } from 'node:worker_threads';
import { write } from 'fdselect/os';
const [fd, busy] = workerData;
while (Atomics.load(busy, 0) === 0) write(fd, 'x');
for (let i = 0; i < 100; i++) write(fd, 'x');`),
    { workerData: [writer, busy] },
  );
  const ended = [once(thief, 'exit'), once(source, 'exit')];
  try {
    for (let i = 0; i < 200; i++) {
      const begin = performance.now();
      try {
        read(reader, 1, { timeout: 0.002 });
      } catch (error) {
        expect(error).toEqual(osError('ETIMEDOUT', 'read'));
      }
      expect(performance.now() - begin).toBeLessThan(10_000);
    }
  } finally {
    Atomics.store(busy, 0, 1);
    await Promise.all(ended);
  }
});

test('/proc files are read as node:fs reads them', () => {
  const path = '/proc/self/limits';
  expect(readAll(closing(osOpen(path))).toString()).toBe(readFileSync(path, 'utf8'));
});
