/** fdselect/os: terminals. */
import { getInheritable, isatty, openpty, read, ttyname, write } from 'fdselect/os';
import { expect, test } from 'vitest';
import { close, closing, openPipe } from '../support/sandbox.ts';
import { osError, thrown, typeError } from '../support/thrown.ts';

test('openpty: each side reads the data of the other, and both close on exec', () => {
  const [master, slave] = openpty().map(closing) as [number, number];
  expect([getInheritable(master), getInheritable(slave)]).toEqual([false, false]);
  write(master, 'hello\n');
  expect(String(read(slave, 100))).toBe('hello\n');
  expect(String(read(master, 100))).toBe('hello\r\n'); // the echo
  write(slave, 'x');
  expect(String(read(master, 100))).toBe('x');
});

test('isatty and ttyname know a terminal', () => {
  const [master, slave] = openpty().map(closing) as [number, number];
  const [r] = openPipe();
  expect([master, slave, r].map((fd) => isatty(fd))).toEqual([true, true, false]);
  expect(ttyname(slave)).toMatch(/^\/dev\/pts\/\d+$/);
  expect(thrown(() => ttyname(r))).toEqual(osError('ENOTTY', 'ttyname'));
  close(r);
  expect(isatty(r)).toBe(false);
  expect(thrown(() => ttyname(r))).toEqual(osError('EBADF', 'ttyname'));
  expect(thrown(() => isatty('0' as never))).toEqual(typeError);
  expect(thrown(() => ttyname(null as never))).toEqual(typeError);
});
