/** Epoll: every method, mask and error. CPython's own cases are in epoll-cpython.test.ts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  EPOLL_CLOEXEC,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  EPOLLWAKEUP,
  Epoll,
  epoll,
} from 'fdselect';
import { close as closeFd, dup, dup2, pipe, read, write } from 'fdselect/os';
import type { Socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { shown } from '../support/runtime.ts';
import {
  close,
  closing,
  openAt,
  openFile,
  openPair,
  openPipe,
  openTcp,
  reset,
} from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

type Pair = [fd: number, events: number];

const closedError: unknown = expect.objectContaining({ name: 'Error', code: 'ERR_CLOSED' });

function openEpoll(...entries: [fd: number | Socket, mask?: number][]): Epoll {
  const poller = closing(epoll());
  for (const [fd, mask] of entries) poller.register(fd, mask);
  return poller;
}

/** A second object on the same set, which does not have the registrations of the first. */
function openSecond(poller: Epoll): Epoll {
  return closing(epoll.fromfd(dup(poller)));
}

/** Duplicates of one fd. */
function openDups(fd: number, count: number): number[] {
  return Array.from({ length: count }, () => closing(dup(fd)));
}

function numbers(answer: Pair[]): number[] {
  return answer.map(([fd]) => fd);
}

function sorted(fds: Iterable<number>): number[] {
  return [...fds].sort((a, b) => a - b);
}

function isOpen(fd: number): boolean {
  try {
    readFileSync(`/proc/self/fdinfo/${fd}`);
    return true;
  } catch {
    return false;
  }
}

function elapsed(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** What makes no 32-bit integer of an argument: Python's TypeError. */
const NO_NUMBERS = [null, '1', true, 1n, {}, []] as unknown as number[];

describe('the constructor', () => {
  test('epoll() and new Epoll() are the same', () => {
    expect(closing(epoll())).toBeInstanceOf(Epoll);
    expect(closing(new Epoll()).poll(0)).toEqual([]);
    expect(closing(epoll()).closed).toBe(false);
  });

  test.each([undefined, -1, 1, 1000, 2 ** 31 - 1])('the sizehint %s is fine', (sizehint) => {
    expect(closing(epoll(sizehint)).poll(0)).toEqual([]);
  });

  test.each([0, -2, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 1.5, Number.NaN, Infinity])(
    'the sizehint %s is a RangeError that names it',
    (sizehint) => {
      const error = thrown(() => epoll(sizehint));
      expect(error).toEqual(rangeError);
      expect(error).toMatchObject({ message: expect.stringContaining('sizehint') });
    },
  );

  test.each(shown(NO_NUMBERS))('the sizehint %s is a TypeError', (_, sizehint) => {
    expect(thrown(() => epoll(sizehint))).toEqual(typeError);
    expect(thrown(() => epoll(-1, sizehint))).toEqual(typeError);
  });

  test('flags: 0 and EPOLL_CLOEXEC; others are EINVAL; the sizehint comes first', () => {
    for (const flags of [undefined, 0, EPOLL_CLOEXEC]) closing(epoll(-1, flags));
    for (const flags of [1, -1, EPOLL_CLOEXEC | 1, 12356]) {
      expect(thrown(() => epoll(-1, flags))).toEqual(osError('EINVAL', 'epoll_create1'));
    }
    expect(thrown(() => epoll(-1, 2 ** 31))).toEqual(rangeError);
    expect(thrown(() => epoll(0, 1))).toEqual(rangeError);
  });

  test.each([0, EPOLL_CLOEXEC])('with the flags %s the fd closes on exec', (flags) => {
    const text = readFileSync(`/proc/self/fdinfo/${closing(epoll(-1, flags)).fileno()}`, 'utf8');
    const bits = Number.parseInt(/flags:\s+([0-7]+)/.exec(text)?.[1] ?? '', 8);
    expect(bits & 0o2000000).toBe(0o2000000);
  });

  test('a failed constructor leaves no fd behind', () => {
    const next = closing(dup(0));
    close(next);
    for (let i = 0; i < 10; i++) {
      thrown(() => epoll(0));
      thrown(() => epoll(-1, 1));
    }
    expect(closing(dup(0))).toBe(next);
  });
});

describe('register', () => {
  test('the default mask is IN, PRI and OUT', () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r], [w]);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    write(w, 'x');
    expect(new Map(poller.poll(0))).toEqual(
      new Map([
        [r, EPOLLIN],
        [w, EPOLLOUT],
      ]),
    );
  });

  test('twice is EEXIST, by number or object; a duplicate is another entry', () => {
    const [a] = openPair();
    const poller = openEpoll([a]);
    const error = osError('EEXIST', 'epoll_ctl');
    expect(thrown(() => poller.register(a))).toEqual(error);
    expect(thrown(() => poller.register(a.fileno(), 0))).toEqual(error);
    expect(thrown(() => poller.register({ fileno: () => a.fileno() }))).toEqual(error);
    const other = closing(dup(a));
    poller.register(other);
    expect(sorted(numbers(poller.poll(0)))).toEqual(sorted([a.fileno(), other]));
  });

  test('a closed or never opened fd is EBADF', () => {
    const poller = openEpoll();
    const [r] = openPipe();
    close(r);
    for (const fd of [r, 1_000_000, 2 ** 31 - 1]) {
      expect(thrown(() => poller.register(fd))).toEqual(osError('EBADF', 'epoll_ctl'));
    }
  });

  test.each(['/etc/passwd', '/', '/dev/null'])('%s is EPERM', (path) => {
    const fd = openFile(path);
    expect(thrown(() => openEpoll([fd]))).toEqual(osError('EPERM', 'epoll_ctl'));
  });

  test('its own fd is EINVAL, a cycle is ELOOP, another epoll set is watched', () => {
    const [, w] = openPipe();
    const [outer, inner] = [openEpoll(), openEpoll()];
    expect(thrown(() => outer.register(outer))).toEqual(osError('EINVAL', 'epoll_ctl'));
    outer.register(inner, EPOLLIN);
    expect(thrown(() => inner.register(outer, EPOLLIN))).toEqual(osError('ELOOP', 'epoll_ctl'));
    expect(outer.poll(0)).toEqual([]);
    inner.register(w, EPOLLOUT);
    expect(outer.poll(0)).toEqual([[inner.fileno(), EPOLLIN]]);
    expect(inner.poll(0)).toEqual([[w, EPOLLOUT]]);
  });

  test.each([-1, 1.5, 2 ** 31, Number.NaN])('the fd %s is a RangeError everywhere', (fd) => {
    const poller = openEpoll();
    expect(thrown(() => poller.register(fd))).toEqual(rangeError);
    expect(thrown(() => poller.modify(fd, 1))).toEqual(rangeError);
    expect(thrown(() => poller.unregister(fd))).toEqual(rangeError);
  });

  test.each([undefined, null, '3', {}, true])('the fd %o is a TypeError everywhere', (value) => {
    const poller = openEpoll();
    const fd = value as number;
    expect(thrown(() => poller.register(fd))).toEqual(typeError);
    expect(thrown(() => poller.modify(fd, 1))).toEqual(typeError);
    expect(thrown(() => poller.unregister(fd))).toEqual(typeError);
  });

  test('a mask that failed changes nothing', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w, EPOLLOUT]);
    expect(thrown(() => poller.modify(w, Number.NaN))).toEqual(rangeError);
    expect(thrown(() => poller.modify(w, EPOLLOUT | EPOLLEXCLUSIVE))).toEqual(osError('EINVAL'));
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
  });
});

describe('modify and unregister', () => {
  test('modify of an fd that is not registered is ENOENT, of a closed fd EBADF', () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r]);
    expect(thrown(() => poller.modify(w, EPOLLOUT))).toEqual(osError('ENOENT', 'epoll_ctl'));
    close(r);
    expect(thrown(() => poller.modify(r, EPOLLIN))).toEqual(osError('EBADF', 'epoll_ctl'));
  });

  test('modify needs its mask', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w]);
    const modify = poller.modify.bind(poller) as (fd: number) => void;
    expect(thrown(() => modify(w))).toEqual(typeError);
    expect(thrown(() => poller.modify(77_777, -1.5))).toEqual(rangeError);
  });

  test('modify takes effect at once', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w, EPOLLIN]);
    expect(poller.poll(0)).toEqual([]);
    poller.modify(w, EPOLLOUT);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    poller.modify(w, 0);
    expect(poller.poll(0)).toEqual([]);
  });

  test('unregister of an fd that is not registered is ENOENT, of a closed fd EBADF', () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r]);
    expect(thrown(() => poller.unregister(w))).toEqual(osError('ENOENT', 'epoll_ctl'));
    poller.unregister(r);
    expect(thrown(() => poller.unregister(r))).toEqual(osError('ENOENT', 'epoll_ctl'));
    poller.register(r);
    close(r);
    expect(thrown(() => poller.unregister(r))).toEqual(osError('EBADF', 'epoll_ctl'));
  });

  test('registered by object, unregistered by number', () => {
    const [a] = openPair();
    const poller = openEpoll([a]);
    expect(poller.poll(0)).toEqual([[a.fileno(), EPOLLOUT]]);
    poller.unregister(a.fileno());
    expect(poller.poll(0)).toEqual([]);
  });

  test('a closed socket is the RangeError of its fd -1', () => {
    const [a] = openPair();
    const poller = openEpoll([a]);
    a.close();
    expect(thrown(() => poller.unregister(a))).toEqual(rangeError);
  });
});

describe('the mask', () => {
  test.each([0, 2 ** 32, 2 ** 64, 2 ** 53, -(2 ** 32)])('%s is 0: only ERR and HUP', (mask) => {
    const [r, w] = openPipe();
    const poller = openEpoll([r, mask], [w, mask]);
    expect(poller.poll(0)).toEqual([]);
    close(w);
    expect(poller.poll(0)).toEqual([[r, EPOLLHUP]]);
    const [reader, writer] = openPipe();
    close(reader);
    expect(openEpoll([writer, mask]).poll(0)).toEqual([[writer, EPOLLERR]]);
  });

  test('only 32 bits of it count', () => {
    const [, w] = openPipe();
    expect(openEpoll([w, 2 ** 32 + EPOLLOUT]).poll(0)).toEqual([[w, EPOLLOUT]]);
    expect(openEpoll([w, EPOLLOUT - 2 ** 32]).poll(0)).toEqual([[w, EPOLLOUT]]);
  });

  test('-1 and 2^32 - 1 are EXCLUSIVE with others: EINVAL', () => {
    const [, w] = openPipe();
    for (const mask of [-1, 2 ** 32 - 1]) {
      expect(thrown(() => openEpoll([w, mask]))).toEqual(osError('EINVAL', 'epoll_ctl'));
    }
  });

  test.each([1.5, Number.NaN, Infinity, -Infinity])('%s is a RangeError that names it', (mask) => {
    const poller = openEpoll();
    for (const run of [() => poller.register(1, mask), () => poller.modify(1, mask)]) {
      expect(thrown(run)).toEqual(rangeError);
      expect(thrown(run)).toMatchObject({ message: expect.stringContaining('eventmask') });
    }
  });

  test.each(shown(NO_NUMBERS))('%s is a TypeError', (_, mask) => {
    const poller = openEpoll();
    expect(thrown(() => poller.register(1, mask))).toEqual(typeError);
    expect(thrown(() => poller.modify(1, mask))).toEqual(typeError);
  });

  test('edge-triggered, as JavaScript computes it: a negative number', () => {
    const [, w] = openPipe();
    expect(EPOLLET).toBe(2 ** 31);
    expect(EPOLLOUT | EPOLLET).toBeLessThan(0);
    for (const mask of [EPOLLOUT | EPOLLET, EPOLLOUT + EPOLLET]) {
      const poller = openEpoll([w, mask]);
      expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
      expect(poller.poll(0)).toEqual([]);
    }
  });
});

describe('EPOLLEXCLUSIVE', () => {
  test.each([
    ['IN', EPOLLIN],
    ['OUT', EPOLLOUT],
    ['IN, ERR and HUP', EPOLLIN | EPOLLERR | EPOLLHUP],
    ['OUT and WAKEUP', EPOLLOUT | EPOLLWAKEUP],
    ['OUT and ET', EPOLLOUT | EPOLLET],
  ])('goes with %s', (_, mask) => {
    const [a] = openPair();
    const expected = (mask & EPOLLOUT) === 0 ? [] : [[a.fileno(), EPOLLOUT]];
    expect(openEpoll([a, mask | EPOLLEXCLUSIVE]).poll(0)).toEqual(expected);
  });

  test.each([
    ['ONESHOT', EPOLLONESHOT],
    ['PRI', EPOLLPRI],
    ['RDHUP', EPOLLRDHUP],
  ])('does not go with %s: EINVAL', (_, mask) => {
    const [a] = openPair();
    const run = () => openEpoll([a, EPOLLIN | EPOLLEXCLUSIVE | mask]);
    expect(thrown(run)).toEqual(osError('EINVAL', 'epoll_ctl'));
  });

  test('is for register only, and not for an epoll', () => {
    const [a, b] = openPair();
    const poller = openEpoll([a, EPOLLIN], [b, EPOLLIN | EPOLLEXCLUSIVE]);
    const error = osError('EINVAL', 'epoll_ctl');
    expect(thrown(() => poller.modify(a, EPOLLIN | EPOLLEXCLUSIVE))).toEqual(error);
    expect(thrown(() => poller.modify(b, EPOLLIN))).toEqual(error);
    expect(thrown(() => poller.register(openEpoll(), EPOLLIN | EPOLLEXCLUSIVE))).toEqual(error);
  });
});

test('EPOLLONESHOT: once, then silent but registered, and again after modify', () => {
  const [, w] = openPipe();
  const mask = EPOLLOUT | EPOLLONESHOT;
  const poller = openEpoll([w, mask]);
  expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
  expect(poller.poll(0)).toEqual([]);
  expect(thrown(() => poller.register(w, mask))).toEqual(osError('EEXIST'));
  poller.modify(w, mask);
  expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
  expect(poller.poll(0)).toEqual([]);
});

test('EPOLLET: each arrival once; a partial read is not an arrival, modify asks again', () => {
  const [r, w] = openPipe();
  const mask = EPOLLIN | EPOLLET;
  const poller = openEpoll([r, mask]);
  const event = [[r, EPOLLIN]];
  write(w, 'ab');
  expect(poller.poll(0)).toEqual(event);
  expect(poller.poll(0)).toEqual([]);
  read(r, 1);
  expect(poller.poll(0)).toEqual([]);
  write(w, 'c');
  expect(poller.poll(0)).toEqual(event);
  expect(poller.poll(0)).toEqual([]);
  poller.modify(r, mask);
  expect(poller.poll(0)).toEqual(event);
});

describe('a registered fd that is closed', () => {
  test('without a duplicate it is no longer registered', () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const poller = openEpoll([r, EPOLLIN]);
    expect(poller.poll(0)).toEqual([[r, EPOLLIN]]);
    close(r);
    expect(poller.poll(0)).toEqual([]);
    expect(openAt(w, r)).toBe(r);
    expect(poller.poll(0)).toEqual([]);
    poller.register(r, EPOLLOUT);
    expect(poller.poll(0)).toEqual([[r, EPOLLOUT | EPOLLERR]]);
  });

  test('with a duplicate it is reported by its old number, and cannot be unregistered', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w, EPOLLOUT]);
    const other = closing(dup(w));
    close(w);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    expect(thrown(() => poller.unregister(w))).toEqual(osError('EBADF'));
    expect(thrown(() => poller.unregister(other))).toEqual(osError('ENOENT'));
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    close(other);
    expect(poller.poll(0)).toEqual([]);
  });

  test('the number is registered for two files: both are reported', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w, EPOLLOUT]);
    const other = closing(dup(w));
    close(w);
    const [r2, w2] = openPipe();
    close(r2);
    if (w2 !== w) openAt(w2, w);
    poller.register(w, EPOLLOUT);
    const events = poller.poll(0).map(([fd, bits]) => [fd, bits]);
    expect(events.sort((a, b) => (a[1] as number) - (b[1] as number))).toEqual([
      [w, EPOLLOUT],
      [w, EPOLLOUT | EPOLLERR],
    ]);
    close(other);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT | EPOLLERR]]);
  });
});

describe('maxevents', () => {
  test.each([undefined, -1])('%s: all, however many', (maxevents) => {
    const fds = openDups(openPipe()[1], 3000);
    const poller = openEpoll(...fds.map((fd): [number, number] => [fd, EPOLLOUT]));
    const answer = poller.poll(0, maxevents);
    expect(answer).toHaveLength(3000);
    expect(sorted(numbers(answer))).toEqual(sorted(fds));
    expect(answer.every(([, events]) => events === EPOLLOUT)).toBe(true);
  });

  test.each([0, -2, -(2 ** 31), 2 ** 31, 1.5, Number.NaN, Infinity])(
    '%s is a RangeError that names it',
    (maxevents) => {
      const error = thrown(() => openEpoll().poll(0, maxevents));
      expect(error).toEqual(rangeError);
      expect(error).toMatchObject({ message: expect.stringContaining('maxevents') });
    },
  );

  test.each(shown(NO_NUMBERS))('%s is a TypeError', (_, maxevents) => {
    expect(thrown(() => openEpoll().poll(0, maxevents))).toEqual(typeError);
  });

  test('2^31 - 1 is fine', () => {
    const [, w] = openPipe();
    expect(openEpoll([w, EPOLLOUT]).poll(0, 2 ** 31 - 1)).toEqual([[w, EPOLLOUT]]);
  });

  test('smaller than the number of ready fds: the kernel reports them in turn', () => {
    const fds = openDups(openPipe()[1], 5);
    const poller = openEpoll(...fds.map((fd): [number, number] => [fd, EPOLLOUT]));
    const turns = Array.from({ length: 5 }, () => numbers(poller.poll(0, 2)));
    expect(turns).toEqual([
      [fds[0], fds[1]],
      [fds[2], fds[3]],
      [fds[4], fds[0]],
      [fds[1], fds[2]],
      [fds[3], fds[4]],
    ]);
  });

  test('the others come with the next call', () => {
    const fds = openDups(openPipe()[1], 100);
    const poller = openEpoll(...fds.map((fd): [number, number] => [fd, EPOLLOUT | EPOLLET]));
    const seen: number[] = [];
    for (const maxevents of [1, 2, 30, 40]) {
      const answer = poller.poll(0, maxevents);
      expect(answer).toHaveLength(maxevents);
      seen.push(...numbers(answer));
    }
    seen.push(...numbers(poller.poll(0, 40)));
    expect(sorted(seen)).toEqual(sorted(fds));
    expect(poller.poll(0)).toEqual([]);
  });
});

describe('the timeout, in seconds', () => {
  test.each([0, -0, -0.0009, -1e-9, -1e-10, -0.000_999_999])('%s does not wait', (timeout) => {
    const [r] = openPipe();
    expect(openEpoll([r, EPOLLIN]).poll(timeout)).toEqual([]);
    expect(openEpoll().pollInto(new Int32Array(2), timeout)).toBe(0);
  });

  test.each([1e-9, 0.0001, 0.0011, 0.0105, 0.05])('%s is rounded up, never shorter', (timeout) => {
    const poller = openEpoll([openPipe()[0], EPOLLIN]);
    const least = Math.ceil(timeout * 1000);
    expect(elapsed(() => poller.poll(timeout))).toBeGreaterThanOrEqual(least);
    const events = new Int32Array(2);
    expect(elapsed(() => poller.pollInto(events, timeout))).toBeGreaterThanOrEqual(least);
  });

  test('nothing registered: it sleeps', () => {
    expect(elapsed(() => openEpoll().poll(0.03))).toBeGreaterThanOrEqual(30);
  });

  test.each([
    undefined,
    null,
    -1,
    -5,
    -0.5,
    -0.001,
    -2_147_483.648,
    Infinity,
    -Infinity,
    2_147_483.647,
  ])('%s waits, here for something that is ready', (timeout) => {
    const [, w] = openPipe();
    expect(openEpoll([w, EPOLLOUT]).poll(timeout)).toEqual([[w, EPOLLOUT]]);
  });

  test.each([undefined, null, -1, -0.5, -0.001, Infinity, -Infinity])(
    '%s blocks until a child writes',
    async (timeout) => {
      const [r, w] = openPipe();
      // The child writes only after it has seen us asleep.
      const script = `until grep -q '^State:.S' /proc/${process.pid}/status; do :; done; echo x`;
      const child = spawn('sh', ['-c', script], { stdio: ['ignore', w, 'inherit'] });
      const closed = once(child, 'close');
      const poller = openEpoll([r, EPOLLIN]);
      expect(poller.poll(timeout)).toEqual([[r, EPOLLIN]]);
      await closed;
    },
  );

  test.each([2_147_483.648, 2_147_484, -2_147_484, Number.NaN, 2 ** 64, -(2 ** 64), 1e300])(
    '%s is a RangeError that names it',
    (timeout) => {
      const poller = openEpoll();
      for (const run of [
        () => poller.poll(timeout),
        () => poller.pollInto(new Int32Array(2), timeout),
      ]) {
        expect(thrown(run)).toEqual(rangeError);
        expect(thrown(run)).toMatchObject({ message: expect.stringMatching(/^timeout /) });
      }
    },
  );

  test.each(shown(['1', [], true, 1n, {}]))('%s is a TypeError that names it', (_, value) => {
    const timeout = value as unknown as number;
    const error = thrown(() => openEpoll().poll(timeout));
    expect(error).toEqual(typeError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^timeout .*received/) });
    expect(thrown(() => openEpoll().pollInto(new Int32Array(2), timeout))).toEqual(typeError);
  });
});

describe('the order of the checks', () => {
  test('poll: closed, timeout, maxevents', () => {
    const poller = openEpoll();
    const run = () => poller.poll('x' as unknown as number, 0);
    expect(thrown(run)).toEqual(typeError);
    poller.close();
    expect(thrown(run)).toEqual(closedError);
    expect(thrown(() => poller.poll(0, 0))).toEqual(closedError);
    expect(thrown(() => poller.pollInto([] as unknown as Int32Array))).toEqual(closedError);
  });

  test('register, modify, unregister: fd, mask, closed', () => {
    const poller = openEpoll();
    poller.close();
    const bad = 'x' as unknown as number;
    expect(thrown(() => poller.register(-1, bad))).toEqual(rangeError);
    expect(thrown(() => poller.register(1, bad))).toEqual(typeError);
    expect(thrown(() => poller.modify(-1, bad))).toEqual(rangeError);
    expect(thrown(() => poller.modify(1, bad))).toEqual(typeError);
    expect(thrown(() => poller.unregister(-1))).toEqual(rangeError);
    expect(thrown(() => poller.register(1))).toEqual(closedError);
  });
});

describe('the answer', () => {
  test('is a new array of new pairs each time', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w, EPOLLOUT]);
    const [first, second] = [poller.poll(0), poller.poll(0)];
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
    expect(first[0]).not.toBe(second[0]);
    first.pop();
    expect(second).toEqual([[w, EPOLLOUT]]);
    expect(Object.isFrozen(second[0])).toBe(false);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
  });

  test('follows every change of readiness, mask and registration', () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r, EPOLLIN], [w, EPOLLOUT]);
    const both = [
      [r, EPOLLIN],
      [w, EPOLLOUT],
    ].sort();
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    write(w, 'x');
    expect(poller.poll(0).sort()).toEqual(both);
    expect(poller.poll(0).sort()).toEqual(both);
    poller.modify(r, 0);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    poller.modify(r, EPOLLIN);
    poller.unregister(w);
    expect(poller.poll(0)).toEqual([[r, EPOLLIN]]);
    poller.register(w, EPOLLOUT);
    expect(poller.poll(0).sort()).toEqual(both);
    read(r, 1);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
  });

  test('as many other ready fds: the result is a new one', () => {
    const [first, second] = [openPipe()[1], openPipe()[1]];
    const poller = openEpoll([first, EPOLLOUT]);
    expect(poller.poll(0)).toEqual([[first, EPOLLOUT]]);
    poller.unregister(first);
    poller.register(second, EPOLLOUT);
    expect(poller.poll(0)).toEqual([[second, EPOLLOUT]]);
    expect(poller.pollInto(new Int32Array(2), 0)).toBe(1);
    poller.unregister(second);
    poller.register(first, EPOLLOUT);
    expect(poller.poll(0)).toEqual([[first, EPOLLOUT]]);
  });

  test('reset, half-closed and closed peers', () => {
    const [client, server] = openTcp();
    const poller = openEpoll([server, EPOLLIN | EPOLLRDHUP]);
    expect(poller.poll(0)).toEqual([]);
    reset(client);
    expect(poller.poll(5)).toEqual([[server.fileno(), EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP]]);
    const [a, b] = openPair();
    b.close();
    expect(openEpoll([a]).poll(0)).toEqual([[a.fileno(), EPOLLIN | EPOLLOUT | EPOLLHUP]]);
  });
});

describe('close', () => {
  test('is idempotent; afterwards everything is ERR_CLOSED', () => {
    const poller = epoll();
    const fd = poller.fileno();
    expect([poller.closed, isOpen(fd)]).toEqual([false, true]);
    poller.close();
    expect([poller.closed, isOpen(fd)]).toEqual([true, false]);
    poller.close();
    for (const run of [
      () => poller.fileno(),
      () => poller.register(0),
      () => poller.modify(0, 1),
      () => poller.unregister(0),
      () => poller.poll(0),
      () => poller.pollInto(new Int32Array(2), 0),
    ]) {
      expect(thrown(run)).toEqual(closedError);
    }
  });

  test('a second close does not close another file with the same number', () => {
    const poller = epoll();
    const fd = poller.fileno();
    poller.close();
    expect(closing(dup2(0, fd))).toBe(fd);
    poller.close();
    poller[Symbol.dispose]();
    expect(isOpen(fd)).toBe(true);
  });

  test('Symbol.dispose closes', () => {
    let fd = -1;
    {
      using poller = epoll();
      fd = poller.fileno();
      expect(isOpen(fd)).toBe(true);
    }
    expect(isOpen(fd)).toBe(false);
  });

  test('an fd that other code has closed: EBADF, and close() does not throw', () => {
    const poller = epoll();
    closeFd(poller.fileno());
    expect(thrown(() => poller.poll(0))).toEqual(osError('EBADF', 'epoll_wait'));
    expect(thrown(() => poller.register(0))).toEqual(osError('EBADF', 'epoll_ctl'));
    poller.close();
    expect(poller.closed).toBe(true);
  });

  test('closed cannot be set', () => {
    const poller = openEpoll();
    expect(thrown(() => Object.assign(poller, { closed: true }))).toBeInstanceOf(TypeError);
    expect(poller.closed).toBe(false);
  });
});

describe('fromfd', () => {
  test('uses the same fd number', () => {
    const poller = epoll();
    const second = epoll.fromfd(poller.fileno());
    expect(second.fileno()).toBe(poller.fileno());
    expect(second).toBeInstanceOf(Epoll);
    second.close();
    expect(thrown(() => poller.poll(0))).toEqual(osError('EBADF'));
    poller.close();
    const third = closing(Epoll.fromfd(dup(openEpoll())));
    expect(third.poll(0)).toEqual([]);
  });

  test('the first use checks whether it is an epoll fd', () => {
    expect(thrown(() => epoll.fromfd(1_000_000).poll(0))).toEqual(osError('EBADF', 'epoll_wait'));
    const [r, w] = openPipe();
    const poller = closing(epoll.fromfd(dup(r)));
    expect(thrown(() => poller.poll(0))).toEqual(osError('EINVAL', 'epoll_wait'));
    expect(thrown(() => poller.register(w))).toEqual(osError('EINVAL', 'epoll_ctl'));
  });

  test.each([-1, -2, 1.5, 2 ** 31, Number.NaN])('%s is a RangeError', (fd) => {
    expect(thrown(() => epoll.fromfd(fd))).toEqual(rangeError);
  });

  test.each(shown([undefined, ...NO_NUMBERS, { fileno: () => 3 }]))(
    '%s is a TypeError',
    (_, fd) => {
      expect(thrown(() => epoll.fromfd(fd as number))).toEqual(typeError);
    },
  );

  test('one of two objects reports all fds that the other has registered', () => {
    const poller = openEpoll();
    const second = openSecond(poller);
    const fds = openDups(openPipe()[1], 1000);
    for (const fd of fds) poller.register(fd, EPOLLOUT);
    for (let i = 0; i < 3; i++) {
      const answer = second.poll(0);
      expect(sorted(numbers(answer))).toEqual(sorted(fds));
      expect(answer.every((pair) => pair[1] === EPOLLOUT)).toBe(true);
    }
    expect(sorted(numbers(poller.poll(0)))).toEqual(sorted(fds));
  });

  test.each([EPOLLET, EPOLLONESHOT])('no event is lost or reported twice (flag %s)', (flag) => {
    const poller = openEpoll();
    const second = openSecond(poller);
    const fds = openDups(openPipe()[1], 1000);
    for (const fd of fds) poller.register(fd, EPOLLOUT | flag);
    expect(sorted(numbers(second.poll(0)))).toEqual(sorted(fds));
    expect(second.poll(0)).toEqual([]);
  });

  test.each([1, 15, 16, 17, 50, 99, 100, 101, 150, 5000])(
    'of 100 that the other one has registered, at most %s',
    (maxevents) => {
      const poller = openEpoll();
      const second = openSecond(poller);
      const fds = openDups(openPipe()[1], 100);
      for (const fd of fds) poller.register(fd, EPOLLOUT);
      const answer = numbers(second.poll(0, maxevents));
      expect(new Set(answer).size).toBe(Math.min(maxevents, 100));
      expect(answer).toHaveLength(Math.min(maxevents, 100));
    },
  );

  test('pollInto of the second object reports all of them', () => {
    const poller = openEpoll();
    const second = openSecond(poller);
    const fds = openDups(openPipe()[1], 100);
    for (const fd of fds) poller.register(fd, EPOLLOUT | EPOLLET);
    const events = new Int32Array(400);
    const seen: number[] = [];
    for (let count = -1; count !== 0; ) {
      count = second.pollInto(events, 0);
      for (let i = 0; i < count; i++) seen.push(events[2 * i] as number);
    }
    expect(sorted(seen)).toEqual(sorted(fds));
  });

  test('one object may unregister and close an fd that the other has registered', () => {
    const [, w] = openPipe();
    const poller = openEpoll([w, EPOLLOUT]);
    const second = openSecond(poller);
    second.modify(w, EPOLLOUT | EPOLLET);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
    second.unregister(w);
    expect(thrown(() => poller.unregister(w))).toEqual(osError('ENOENT'));
    second.close();
    poller.register(w, EPOLLOUT);
    expect(poller.poll(0)).toEqual([[w, EPOLLOUT]]);
  });
});

describe('pollInto', () => {
  test('writes pairs and returns how many', () => {
    const [[r1, w1], [, w2]] = [openPipe(), openPipe()];
    const poller = openEpoll([r1, EPOLLIN], [w1, EPOLLOUT], [w2, EPOLLOUT]);
    const events = new Int32Array(8).fill(-7);
    expect(poller.pollInto(events, 0)).toBe(2);
    expect([...events]).toEqual([w1, EPOLLOUT, w2, EPOLLOUT, -7, -7, -7, -7]);
    expect(new Map(poller.poll(0))).toEqual(
      new Map([
        [w1, EPOLLOUT],
        [w2, EPOLLOUT],
      ]),
    );
  });

  test('an array that is too small gets as many as fit; the next calls return the others', () => {
    const fds = openDups(openPipe()[1], 5);
    const poller = openEpoll(...fds.map((fd): [number, number] => [fd, EPOLLOUT]));
    const events = new Int32Array(5); // two pairs and a number that is left alone
    const turns = Array.from({ length: 5 }, () => {
      expect(poller.pollInto(events, 0)).toBe(2);
      return [events[0], events[2]];
    });
    expect(turns).toEqual([
      [fds[0], fds[1]],
      [fds[2], fds[3]],
      [fds[4], fds[0]],
      [fds[1], fds[2]],
      [fds[3], fds[4]],
    ]);
    expect(events[4]).toBe(0);
  });

  test('3000 in one call', () => {
    const fds = openDups(openPipe()[1], 3000);
    const poller = openEpoll(...fds.map((fd): [number, number] => [fd, EPOLLOUT]));
    const events = new Int32Array(6002);
    expect(poller.pollInto(events, 0)).toBe(3000);
    const seen = events.filter((_, i) => i % 2 === 0 && i < 6000);
    expect(sorted(seen)).toEqual(sorted(fds));
  });

  test('the array may lie in shared memory', () => {
    const [, w] = openPipe();
    const events = new Int32Array(new SharedArrayBuffer(16));
    expect(openEpoll([w, EPOLLOUT]).pollInto(events, 0)).toBe(1);
    expect([...events]).toEqual([w, EPOLLOUT, 0, 0]);
  });

  test.each([0, 1])('an array of length %s is a RangeError', (length) => {
    expect(thrown(() => openEpoll().pollInto(new Int32Array(length), 0))).toEqual(rangeError);
  });

  test('a value that is not an Int32Array is a TypeError; a detached one is too short', () => {
    const events = new Int32Array(4);
    structuredClone(events.buffer, { transfer: [events.buffer] });
    expect(thrown(() => openEpoll().pollInto(events, 0))).toEqual(rangeError);
    for (const other of [[], new Uint32Array(4), new ArrayBuffer(16), null] as unknown[]) {
      expect(thrown(() => openEpoll().pollInto(other as Int32Array, 0))).toEqual(typeError);
    }
  });
});

test('thousands of fds are registered and unregistered in one set', () => {
  const fds = openDups(openPipe()[1], 500);
  const poller = openEpoll();
  const expected = new Set<number>();
  let seed = 1;
  for (let i = 0; i < 5000; i++) {
    seed = (seed * 48271) % 0x7fffffff;
    const fd = fds[seed % fds.length] as number;
    if (expected.delete(fd)) poller.unregister(fd);
    else {
      poller.register(fd, EPOLLOUT);
      expected.add(fd);
    }
    if (i % 250 === 0) expect(sorted(numbers(poller.poll(0)))).toEqual(sorted(expected));
  }
  expect(sorted(numbers(poller.poll(0)))).toEqual(sorted(expected));
});

test('the set does not keep pipe ends open', () => {
  const [r, w] = pipe();
  const poller = openEpoll([r, EPOLLIN]);
  closeFd(w);
  expect(poller.poll(0)).toEqual([[r, EPOLLHUP]]);
  closeFd(r);
  expect(poller.poll(0)).toEqual([]);
});
