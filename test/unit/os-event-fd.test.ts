/** fdselect/os: counters and timers as file descriptors. */
import { select } from 'fdselect';
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  EFD_NONBLOCK,
  EFD_SEMAPHORE,
  eventfd,
  eventfdRead,
  eventfdWrite,
  getBlocking,
  getInheritable,
  read,
  TFD_NONBLOCK,
  TFD_TIMER_ABSTIME,
  timerfdCreate,
  timerfdGettime,
  timerfdSettime,
} from 'fdselect/os';
import { describe, expect, test } from 'vitest';
import { close, closing, openPipe } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

describe('eventfd', () => {
  test('counts, is readable while it is not 0, and is 0 after it was read', () => {
    const fd = closing(eventfd(3));
    eventfdWrite(fd, 4);
    eventfdWrite(fd, 2n ** 40n);
    expect(eventfdRead(fd)).toBe(7n + 2n ** 40n);
    expect(select([fd], [], [], 0)[0]).toEqual([]);
    eventfdWrite(fd, 2n ** 64n - 2n);
    expect(eventfdRead(fd)).toBe(2n ** 64n - 2n);
  });

  test('closes on exec whatever the flags are; as a semaphore it counts down', () => {
    const fd = closing(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
    expect([getInheritable(fd), getBlocking(fd)]).toEqual([false, false]);
    expect(getInheritable(closing(eventfd(0, 0)))).toBe(false);
    expect([eventfdRead(fd), eventfdRead(fd)]).toEqual([1n, 1n]);
    expect(thrown(() => eventfdRead(fd))).toEqual(osError('EAGAIN', 'read'));
    eventfdWrite(fd, 2n ** 64n - 2n);
    expect(thrown(() => eventfdWrite(fd, 1))).toEqual(osError('EAGAIN', 'write'));
  });

  test('errors and bad arguments', () => {
    const fd = closing(eventfd(0));
    expect(thrown(() => eventfdWrite(fd, 2n ** 64n - 1n))).toEqual(osError('EINVAL', 'write'));
    for (const value of [2n ** 64n, -1n, -1, 0.5, 2 ** 60]) {
      expect(thrown(() => eventfdWrite(fd, value))).toEqual(rangeError);
    }
    expect(thrown(() => eventfdWrite(fd, '1' as never))).toEqual(typeError);
    expect(String(thrown(() => eventfdWrite(fd, -1n)))).toContain('value must be');
    expect(thrown(() => eventfd(-1))).toEqual(rangeError);
    expect(thrown(() => eventfd(2 ** 32))).toEqual(rangeError);
    expect(thrown(() => eventfd(0, 0x40))).toEqual(osError('EINVAL', 'eventfd'));
    const [r, w] = openPipe();
    expect(thrown(() => eventfdRead(w))).toEqual(osError('EBADF', 'read'));
    expect(thrown(() => eventfdWrite(r, 1))).toEqual(osError('EBADF', 'write'));
  });
});

describe('timerfd', () => {
  const expirations = (fd: number) => read(fd, 8).readBigUInt64LE();

  test('expires after the time, and then after each interval', () => {
    const fd = closing(timerfdCreate(CLOCK_MONOTONIC));
    expect([getInheritable(fd), timerfdGettime(fd)]).toEqual([false, [0, 0]]);
    const begin = performance.now();
    expect(timerfdSettime(fd, { initial: 0.02, interval: 0.01 })).toEqual([0, 0]);
    const [left, interval] = timerfdGettime(fd);
    expect([left > 0 && left <= 0.02, interval]).toEqual([true, 0.01]);
    expect(expirations(fd) >= 1n).toBe(true);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(19.9);
    select([fd], [], []);
    expect(expirations(fd) >= 1n).toBe(true);
    const [, former] = timerfdSettime(fd);
    expect(former).toBe(0.01);
    expect(timerfdGettime(fd)).toEqual([0, 0]);
  });

  test('an interval without an initial time does not start it; the smallest time does', () => {
    const fd = closing(timerfdCreate(CLOCK_MONOTONIC, { flags: TFD_NONBLOCK }));
    timerfdSettime(fd, { interval: 0.001 });
    expect(select([fd], [], [], 0.01)[0]).toEqual([]);
    expect(thrown(() => read(fd, 8))).toEqual(osError('EAGAIN', 'read'));
    timerfdSettime(fd, { initial: Number.MIN_VALUE });
    expect(select([fd], [], [], 5)[0]).toEqual([fd]);
  });

  test('takes absolute times of its clock', () => {
    const fd = closing(timerfdCreate(CLOCK_REALTIME, { flags: 0 }));
    expect(getInheritable(fd)).toBe(false);
    timerfdSettime(fd, { flags: TFD_TIMER_ABSTIME, initial: Date.now() / 1000 + 1000 });
    const [left] = timerfdGettime(fd);
    expect(left).toBeGreaterThan(990);
    expect(left).toBeLessThanOrEqual(1000.1);
  });

  test('errors and bad arguments', () => {
    const fd = closing(timerfdCreate(CLOCK_MONOTONIC));
    const [r] = openPipe();
    expect(thrown(() => timerfdCreate(99))).toEqual(osError('EINVAL', 'timerfd_create'));
    expect(thrown(() => timerfdCreate('1' as never))).toEqual(typeError);
    expect(thrown(() => timerfdCreate(CLOCK_MONOTONIC, null as never))).toEqual(typeError);
    expect(thrown(() => timerfdSettime(r))).toEqual(osError('EINVAL', 'timerfd_settime'));
    expect(thrown(() => timerfdGettime(r))).toEqual(osError('EINVAL', 'timerfd_gettime'));
    for (const bad of [-1, Number.NaN, Infinity, 1e11]) {
      expect(thrown(() => timerfdSettime(fd, { initial: bad }))).toEqual(rangeError);
      expect(thrown(() => timerfdSettime(fd, { interval: bad }))).toEqual(rangeError);
    }
    expect(thrown(() => timerfdSettime(fd, { initial: '1' as never }))).toEqual(typeError);
    expect(thrown(() => timerfdSettime(fd, { flags: 0x40 }))).toEqual(
      osError('EINVAL', 'timerfd_settime'),
    );
    close(fd);
    expect(thrown(() => timerfdGettime(fd))).toEqual(osError('EBADF', 'timerfd_gettime'));
  });
});
