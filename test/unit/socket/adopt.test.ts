/** Sockets on existing file descriptors: bad ones are refused, and settings do not change. */
import { dup, getBlocking, open, pipe } from 'fdselect/os';
import * as s from 'fdselect/socket';
import { afterEach, expect, test } from 'vitest';
import { close, closing, openPair, openPipe, openTcp } from '../../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';

afterEach(() => s.setdefaulttimeout(null));

test('a file that is not a socket is refused, even with family and type', () => {
  const [r] = openPipe();
  const file = closing(open('/dev/null'));
  for (const fd of [r, file]) {
    expect(thrown(() => s.socket(s.AF_INET, s.SOCK_STREAM, 0, fd))).toEqual(osError('ENOTSOCK'));
    expect(thrown(() => s.socket(undefined, undefined, undefined, fd))).toEqual(
      osError('ENOTSOCK'),
    );
    expect(thrown(() => s.Socket.fromfd(fd))).toEqual(osError('ENOTSOCK'));
  }
});

test('a closed fd is refused, even with family and type', () => {
  const [r, w] = pipe();
  close(r);
  close(w);
  expect(thrown(() => s.socket(s.AF_INET, s.SOCK_STREAM, 0, w))).toEqual(osError('EBADF'));
  expect(thrown(() => s.Socket.fromfd(w))).toEqual(osError('EBADF'));
});

test('a refused fd stays open', () => {
  const [r] = openPipe();
  thrown(() => s.socket(s.AF_INET, s.SOCK_STREAM, 0, r));
  expect(getBlocking(r)).toBe(true);
});

test('family, type and proto must be integers, even with an fd', () => {
  const [a] = openPair();
  const fd = a.fileno();
  for (const [family, type, proto] of [
    ['x', 1, 0],
    [1, {}, 0],
    [1, 1, true],
    [null, 1, 0],
    [1, null, 0],
  ]) {
    const call = (...rest: number[]) =>
      s.socket(family as number, type as number, proto as number, ...rest);
    expect(thrown(() => call(fd))).toEqual(typeError);
    expect(thrown(() => call())).toEqual(typeError);
  }
  expect(thrown(() => s.socket(null as never))).toEqual(typeError);
  expect(thrown(() => s.socket(1, 1, 0, null as never))).toEqual(typeError);
  expect(thrown(() => s.socket(1, 1, 0, -1))).toEqual(rangeError);
  expect(thrown(() => s.socket(1, 1.5))).toEqual(rangeError);
});

test('dup() leaves O_NONBLOCK of the file alone, whatever the default timeout', () => {
  s.setdefaulttimeout(5);
  const [a] = s.socketpair().map(closing) as [s.Socket, s.Socket];
  a.settimeout(null);
  const copy = closing(a.dup());
  expect([copy.gettimeout(), getBlocking(a), getBlocking(copy)]).toEqual([null, true, true]);
  s.setdefaulttimeout(null);
  a.settimeout(0);
  expect([closing(a.dup()).gettimeout(), getBlocking(a)]).toEqual([0, false]);
});

test('the default timeout is on every new socket: accepted, of a pair, adopted', () => {
  s.setdefaulttimeout(5);
  const [client, accepted] = openTcp();
  const [a, b] = openPair();
  const adopted = closing(s.socket(undefined, undefined, undefined, dup(a)));
  for (const one of [client, accepted, a, b, adopted]) {
    expect([one.gettimeout(), getBlocking(one)]).toEqual([5, false]);
  }
});

test('tryAccept takes the timeout of the connection', () => {
  const listener = closing(s.createServer(['127.0.0.1', 0]));
  const accept = (...timeout: (number | null)[]) => {
    closing(s.createConnection(listener.getsockname()));
    const one = closing((listener.tryAccept(...timeout) as [s.Socket, s.Address])[0]);
    return [one.gettimeout(), getBlocking(one)];
  };
  expect(accept()).toEqual([null, true]);
  expect(accept(0)).toEqual([0, false]);
  expect(accept(2.5)).toEqual([2.5, false]);
  expect(accept(null)).toEqual([null, true]);
  expect(listener.tryAccept(0)).toBe(null);
  expect(thrown(() => listener.tryAccept(-1))).toEqual(rangeError);
  expect(thrown(() => listener.tryAccept('0' as never))).toEqual(typeError);
});
