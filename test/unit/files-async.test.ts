/** The calls of fdselect/os, fcntl and linux that wait without blocking: readvAsync, flockAsync, … */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  F_OFD_SETLK,
  F_OFD_SETLKW,
  F_RDLCK,
  F_UNLCK,
  F_WRLCK,
  fcntl,
  fcntlAsync,
  flock,
  flockAsync,
  LOCK_EX,
  LOCK_NB,
  LOCK_UN,
  lockfAsync,
} from 'fdselect/fcntl';
import { writeAll } from 'fdselect/io';
import { IN_CREATE, inotifyAddWatch, inotifyInit, readInotifyAsync } from 'fdselect/linux';
import {
  EFD_NONBLOCK,
  eventfd,
  eventfdRead,
  eventfdReadAsync,
  eventfdWrite,
  eventfdWriteAsync,
  getBlocking,
  O_RDWR,
  open as osOpen,
  read,
  readvAsync,
  setBlocking,
  WNOHANG,
  WUNTRACED,
  waitpidAsync,
  waitstatusToExitcode,
  write,
  writevAsync,
} from 'fdselect/os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testUnless } from '../support/runtime.ts';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';
import '../support/waiter.ts';
import { InWorker } from '../support/worker.ts';

/** What a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => expect.unreachable(`resolved with ${value}`),
    (reason: unknown) => reason,
  );
}

/** Whether a promise is settled after a turn of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(resolve, 'pending'));
  return (await Promise.race([promise, turn])) === 'pending';
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fdselect-async-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

/** Two open files of one file. */
function openTwice(): [number, number] {
  const path = join(folder(), 'file');
  writeFileSync(path, '0123456789');
  return [closing(osOpen(path, O_RDWR)), closing(osOpen(path, O_RDWR))];
}

describe('readvAsync and writevAsync', () => {
  test('wait for blocking and non-blocking pipes, and do not change O_NONBLOCK', async () => {
    for (const blocking of [true, false]) {
      const [r, w] = openPipe();
      setBlocking(r, blocking);
      const parts = [Buffer.alloc(2), new Uint8Array(0), Buffer.alloc(5)] as const;
      const pending = readvAsync(r, parts);
      expect(await isPending(pending)).toBe(true);
      expect(await writevAsync(w, [Buffer.from('he'), Buffer.from('llo')])).toBe(5);
      expect(await pending).toBe(5);
      expect(Buffer.concat(parts).toString()).toBe('hello\0\0');
      expect(getBlocking(r)).toBe(blocking);
      close(w);
      expect(await readvAsync(r, parts)).toBe(0);
    }
  });

  test('writing waits for room, and an abort writes nothing', async () => {
    const [r, w] = openPipe();
    setBlocking(w, false);
    const size = write(w, Buffer.alloc(1_000_000));
    setBlocking(w, true);
    const controller = new AbortController();
    const aborted = rejection(writevAsync(w, [Buffer.from('a')], { signal: controller.signal }));
    const pending = writevAsync(w, [Buffer.from('b')]);
    expect(await isPending(pending)).toBe(true);
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    for (let left = size; left > 0; ) left -= read(r, left).length;
    expect(await pending).toBe(1);
    expect(read(r, 10).toString()).toBe('b');
  });

  test('an abort, and a buffer that shrinks, take no byte', async () => {
    const [r, w] = openPipe();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = rejection(readvAsync(r, [Buffer.alloc(1)], { signal }));
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    expect(await rejection(readvAsync(r, [Buffer.alloc(1)], { signal }))).toBe('enough');
    const memory = new Uint8Array(4);
    const shrunk = rejection(readvAsync(r, [Buffer.alloc(1), memory]));
    structuredClone(memory, { transfer: [memory.buffer] });
    write(w, 'abc');
    expect(await shrunk).toEqual(rangeError);
    expect(read(r, 10).toString()).toBe('abc');
  });

  test('a datagram is not cut at the end of a buffer', async () => {
    const [a, b] = openPair();
    const parts = [Buffer.alloc(1), Buffer.alloc(9)] as const;
    const pending = readvAsync(a, parts);
    b.send('0123456');
    expect(await pending).toBe(7);
    expect(Buffer.concat(parts).toString('utf8', 0, 7)).toBe('0123456');
  });

  test('errors and bad arguments', async () => {
    const [r, w] = openPipe();
    const many = Array.from({ length: 1025 }, () => Buffer.alloc(1));
    expect(await rejection(readvAsync(r, many))).toEqual(osError('EINVAL', 'readv'));
    expect(await rejection(writevAsync(w, many))).toEqual(osError('EINVAL', 'writev'));
    expect(await rejection(readvAsync(w, [Buffer.alloc(1)]))).toEqual(osError('EBADF', 'readv'));
    expect(await rejection(writevAsync(r, [Buffer.alloc(1)]))).toEqual(osError('EBADF', 'writev'));
    expect(await rejection(readvAsync(-1, []))).toEqual(rangeError);
    expect(await rejection(readvAsync(r, 'x' as never))).toEqual(typeError);
    expect(await rejection(writevAsync(w, [1 as never]))).toEqual(typeError);
    expect(await rejection(readvAsync(r, [], { signal: 1 as never }))).toEqual(typeError);
    expect(await readvAsync(r, [])).toBe(0);
    expect(await writevAsync(w, [])).toBe(0);
    close(r);
    expect(await rejection(writevAsync(w, [Buffer.alloc(1)]))).toEqual(osError('EPIPE', 'writev'));
  });
});

describe('eventfdReadAsync and eventfdWriteAsync', () => {
  test('wait for a count, and for room', async () => {
    const fd = closing(eventfd(0, EFD_NONBLOCK));
    const pending = eventfdReadAsync(fd);
    expect(await isPending(pending)).toBe(true);
    await eventfdWriteAsync(fd, 2n ** 64n - 3n);
    expect(await pending).toBe(2n ** 64n - 3n);
    eventfdWrite(fd, 2n ** 64n - 3n);
    // There is room for 1, and so the counter is writable; but not for 5.
    const writing = eventfdWriteAsync(fd, 5);
    expect(await isPending(writing)).toBe(true);
    eventfdRead(fd);
    await writing;
    expect(eventfdRead(fd)).toBe(5n);
  });

  test('the deadline of writeAll holds where the counter has room, but not enough', () => {
    const fd = closing(eventfd(1));
    const value = Buffer.from(BigUint64Array.of(2n ** 64n - 2n).buffer);
    expect(thrown(() => writeAll(fd, value, { timeout: 0.02 }))).toEqual(
      osError('ETIMEDOUT', 'write'),
    );
    expect(eventfdRead(fd)).toBe(1n);
    expect(writeAll(fd, value, { timeout: 5 })).toBe(8);
    expect(eventfdRead(fd)).toBe(2n ** 64n - 2n);
  });

  test('errors and bad arguments; an abort leaves the counter as it is', async () => {
    const fd = closing(eventfd(0));
    const controller = new AbortController();
    const aborted = rejection(eventfdReadAsync(fd, { signal: controller.signal }));
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    eventfdWrite(fd, 3);
    expect(await eventfdReadAsync(fd)).toBe(3n);
    const [r, w] = openPipe();
    write(w, 'short');
    expect(await rejection(eventfdReadAsync(r))).toEqual(osError('EINVAL', 'read'));
    expect(await rejection(eventfdWriteAsync(fd, 2n ** 64n - 1n))).toEqual(
      osError('EINVAL', 'write'),
    );
    expect(await rejection(eventfdWriteAsync(fd, 2n ** 64n))).toEqual(rangeError);
    expect(await rejection(eventfdWriteAsync(fd, '1' as never))).toEqual(typeError);
    close(fd);
    expect(await rejection(eventfdReadAsync(fd))).toEqual(osError('EBADF', 'read'));
  });
});

test('readInotifyAsync waits for the events, and loses none by an abort', async () => {
  const fd = closing(inotifyInit());
  const path = folder();
  const wd = inotifyAddWatch(fd, path, IN_CREATE);
  const controller = new AbortController();
  const aborted = rejection(readInotifyAsync(fd, { signal: controller.signal }));
  const pending = readInotifyAsync(fd);
  expect(await isPending(pending)).toBe(true);
  controller.abort('enough');
  expect(await aborted).toBe('enough');
  writeFileSync(join(path, 'name'), '');
  expect(await pending).toEqual([{ wd, mask: IN_CREATE, cookie: 0, name: 'name' }]);
  close(fd);
  expect(await rejection(readInotifyAsync(fd))).toEqual(osError('EBADF', 'read'));
  expect(await rejection(readInotifyAsync('1' as never))).toEqual(typeError);
});

describe('locks', () => {
  test('flockAsync waits for the holder; with LOCK_NB it does not', async () => {
    const [a, b] = openTwice();
    await flockAsync(a, LOCK_EX);
    expect(await rejection(flockAsync(b, LOCK_EX | LOCK_NB))).toEqual(osError('EAGAIN', 'flock'));
    const pending = flockAsync(b, LOCK_EX);
    expect(await isPending(pending)).toBe(true);
    flock(a, LOCK_UN);
    await pending;
    const controller = new AbortController();
    const aborted = rejection(flockAsync(a, LOCK_EX, { signal: controller.signal }));
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    flock(b, LOCK_EX | LOCK_NB); // still the holder
    expect(await rejection(flockAsync(a, 64))).toEqual(osError('EINVAL', 'flock'));
    expect(await rejection(flockAsync(a, 1.5))).toEqual(rangeError);
    expect(await rejection(flockAsync(a, '1' as never))).toEqual(typeError);
  });

  test('lockfAsync waits for another process; with LOCK_NB it does not', async () => {
    const [a] = openTwice();
    const script = `
import fcntl, sys
file = open(sys.argv[1], 'r+')
fcntl.lockf(file, fcntl.LOCK_EX); print('locked', flush=True); sys.stdin.read()`;
    const path = readlinkSync(`/proc/self/fd/${a}`);
    const child = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(await rejection(lockfAsync(a, LOCK_EX | LOCK_NB))).toEqual(osError('EAGAIN', 'fcntl'));
    const controller = new AbortController();
    const aborted = rejection(lockfAsync(a, LOCK_EX, 0, 0, 0, { signal: controller.signal }));
    const pending = lockfAsync(a, LOCK_EX);
    expect(await isPending(pending)).toBe(true);
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    child.stdin.end();
    await pending;
    expect(await rejection(lockfAsync(a, 0))).toEqual(rangeError);
  });

  test('fcntlAsync waits for a part of a file', async () => {
    const [a, b] = openTwice();
    const lock = (type: number) => {
      const bytes = Buffer.alloc(32);
      bytes.writeInt16LE(type);
      return bytes;
    };
    await fcntlAsync(a, F_OFD_SETLKW, lock(F_WRLCK));
    expect(await rejection(fcntlAsync(b, F_OFD_SETLK, lock(F_RDLCK)))).toEqual(
      osError('EAGAIN', 'fcntl'),
    );
    const pending = fcntlAsync(b, F_OFD_SETLKW, lock(F_RDLCK));
    expect(await isPending(pending)).toBe(true);
    fcntl(a, F_OFD_SETLK, lock(F_UNLCK));
    expect(await pending).toEqual(lock(F_RDLCK));
    expect(await rejection(fcntlAsync(b, F_OFD_SETLKW, Buffer.alloc(1025)))).toEqual(rangeError);
    expect(await rejection(fcntlAsync(b, F_OFD_SETLKW, 1 as never))).toEqual(typeError);
    expect(await rejection(fcntlAsync(b, F_OFD_SETLKW, lock(77)))).toEqual(
      osError('EINVAL', 'fcntl'),
    );
  });

  test('timers run between calls that always succeed', async () => {
    const [a] = openTwice();
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 20);
    while (!isOver) await flockAsync(a, LOCK_EX);
  });
});

describe('waitpidAsync', () => {
  const testOfChildren = testUnless({
    Bun: 'it takes the status of its children in a thread of its own',
    Deno: 'it takes the status of its children in a thread of its own',
  });

  testOfChildren(
    'waits for the child of a worker that has no turn to take its status',
    async () => {
      const [r, w] = openPipe();
      await using worker = await InWorker.start(
        ({ r }) => {
          const { spawn } = require('node:child_process');
          const { parentPort } = require('node:worker_threads');
          const script = 'kill -STOP $$; read -r line; exit 7';
          const child = spawn('sh', ['-c', script], { stdio: [r, 'ignore', 'ignore'] });
          parentPort.postMessage({ result: child.pid });
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
        },
        { r },
      );
      const pid = (await worker.answer) as unknown as number;
      const [stopped] = await waitpidAsync(pid, WUNTRACED); // no pidfd reports that
      expect(stopped).toBe(pid);
      expect(await waitpidAsync(pid, WNOHANG)).toEqual([0, 0]);
      const controller = new AbortController();
      const aborted = rejection(waitpidAsync(pid, 0, { signal: controller.signal }));
      controller.abort('enough');
      expect(await aborted).toBe('enough');
      const pending = waitpidAsync(pid, 0);
      expect(await isPending(pending)).toBe(true);
      process.kill(pid, 'SIGCONT');
      write(w, 'go\n');
      const [ended, status] = await pending;
      expect([ended, waitstatusToExitcode(status)]).toEqual([pid, 7]);
    },
  );

  test('errors and bad arguments', async () => {
    expect(await rejection(waitpidAsync(1, 0))).toEqual(osError('ECHILD', 'waitpid'));
    expect(await rejection(waitpidAsync(2 ** 22 + 1, 0))).toEqual(osError('ECHILD', 'waitpid'));
    expect(await rejection(waitpidAsync(1.5, 0))).toEqual(rangeError);
    expect(await rejection(waitpidAsync(1, '0' as never))).toEqual(typeError);
    const signal = AbortSignal.abort('enough');
    expect(await rejection(waitpidAsync(-1, 0, { signal }))).toBe('enough');
  });
});
