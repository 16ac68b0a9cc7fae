/** fdselect/os: what new file descriptors are, and their flags. */
import { readFileSync } from 'node:fs';
import { dup, dup2, getBlocking, pipe, read, setBlocking, write } from 'fdselect/os';
import { expect, test } from 'vitest';
import { close, closing, openPair, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

function flags(fd: number): number {
  const text = /flags:\s+([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return Number.parseInt(text ?? '', 8);
}

const O_CLOEXEC = 0o2000000;

test('pipe: what goes in comes out; both ends are blocking and close on exec', () => {
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

test('dup2 closes what the number was', () => {
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
