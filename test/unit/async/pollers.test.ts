/** Poll and Epoll while a pollAsync is pending: other waits, registrations, closing, iteration. */
import { EPOLLET, EPOLLIN, EPOLLOUT, POLLIN, POLLNVAL, POLLOUT } from 'fdselect';
import { read, write } from 'fdselect/os';
import { describe, expect, test } from 'vitest';
import {
  closedError,
  concurrentPoll,
  openEpoll,
  openPoll,
  rejection,
  stateOf,
  turns,
} from '../../support/async-waits.ts';
import { openFile, openPipe } from '../../support/sandbox.ts';
import '../../support/waiter.ts';

describe('one wait at a time', () => {
  test('Poll: a second pollAsync rejects, a blocking poll throws; the first wait goes on', async () => {
    const [r, w] = openPipe();
    const poller = openPoll([r, POLLIN]);
    const first = poller.pollAsync();
    expect(await rejection(poller.pollAsync(0))).toEqual(concurrentPoll);
    expect(await rejection(poller.pollAsync())).toEqual(concurrentPoll);
    expect(() => poller.poll(0)).toThrow(concurrentPoll as Error);
    expect(() => poller.pollInto(new Int32Array(2), 0)).toThrow(concurrentPoll as Error);
    expect(() => poller.poll(Number.NaN)).toThrow(RangeError);
    write(w, 'x');
    expect(await first).toEqual([[r, POLLIN]]);
    expect(poller.poll(0)).toEqual([[r, POLLIN]]);
    expect(await poller.pollAsync()).toEqual([[r, POLLIN]]);
  });

  test.each(['abort', 'timeout', 'error'])(
    'Poll: after an %s, another wait may begin',
    async (end) => {
      const [r, w] = openPipe();
      const poller = openPoll([r, POLLIN]);
      if (end === 'abort')
        await rejection(poller.pollAsync(-1, { signal: AbortSignal.timeout(5) }));
      else if (end === 'timeout') expect(await poller.pollAsync(5)).toEqual([]);
      else await rejection(poller.pollAsync(Number.NaN));
      write(w, 'x');
      expect(poller.poll(0)).toEqual([[r, POLLIN]]);
    },
  );

  test('Epoll: a second pollAsync rejects, a blocking poll is allowed', async () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r, EPOLLIN]);
    const first = poller.pollAsync();
    expect(await rejection(poller.pollAsync(0))).toEqual(concurrentPoll);
    expect(poller.poll(0)).toEqual([]);
    expect(poller.pollInto(new Int32Array(2), 0)).toBe(0);
    write(w, 'x');
    expect(poller.poll(0)).toEqual([[r, EPOLLIN]]);
    expect(await first).toEqual([[r, EPOLLIN]]);
    expect(await poller.pollAsync()).toEqual([[r, EPOLLIN]]);
  });

  test('Epoll: an edge that a blocking poll has reported does not end the pending wait', async () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r, EPOLLIN | EPOLLET]);
    const first = poller.pollAsync(10);
    const state = stateOf(first);
    write(w, 'x');
    expect(poller.poll(0)).toEqual([[r, EPOLLIN]]);
    await turns();
    expect(state.isSettled).toBe(false);
    write(w, 'x');
    expect(await first).toEqual([[r, EPOLLIN]]);
  });
});

describe('a registration while a wait is pending takes effect at once', () => {
  test('Poll.register: an fd that becomes ready later', async () => {
    const [[r1], [r2, w2]] = [openPipe(), openPipe()];
    const poller = openPoll([r1, POLLIN]);
    const promise = poller.pollAsync(10_000);
    await turns();
    poller.register(r2, POLLIN);
    await turns();
    write(w2, 'x');
    expect(await promise).toEqual([[r2, POLLIN]]);
  });

  test.each([0, 1])('Poll.register: an fd that is ready already (%s others)', async (count) => {
    const [r, w] = openPipe();
    const poller = openPoll(...(count === 0 ? [] : [[r, POLLIN] as [number, number]]));
    const promise = poller.pollAsync(10_000);
    await turns();
    poller.register(w, POLLOUT);
    expect(await promise).toEqual([[w, POLLOUT]]);
  });

  test('Poll.register: a regular file, which is always ready', async () => {
    const poller = openPoll([openPipe()[0], POLLIN]);
    const promise = poller.pollAsync(10_000);
    await turns();
    const file = openFile('/etc/passwd');
    poller.register(file);
    expect(await promise).toEqual([[file, POLLIN | POLLOUT]]);
  });

  test('Poll.register: an fd that is not open', async () => {
    const poller = openPoll([openPipe()[0], POLLIN]);
    const promise = poller.pollAsync(10_000);
    await turns();
    poller.register(1_000_000);
    expect(await promise).toEqual([[1_000_000, POLLNVAL]]);
  });

  test('Poll.modify: to an event that is ready, and to the mask 0', async () => {
    const [r, w] = openPipe();
    const poller = openPoll([w, 0]);
    const promise = poller.pollAsync(10_000);
    await turns();
    poller.modify(w, POLLOUT);
    expect(await promise).toEqual([[w, POLLOUT]]);
    poller.unregister(w);
    poller.register(r, POLLIN);
    const second = poller.pollAsync(10_000);
    const state = stateOf(second);
    await turns();
    poller.modify(r, 0);
    write(w, 'x');
    await turns();
    expect(state.isSettled).toBe(false);
    poller.modify(r, POLLIN);
    expect(await second).toEqual([[r, POLLIN]]);
  });

  test('Poll.unregister: events are not reported until the fd is registered again', async () => {
    const [r, w] = openPipe();
    const poller = openPoll([r, POLLIN], [openPipe()[0], POLLIN]);
    const promise = poller.pollAsync(10_000);
    const state = stateOf(promise);
    await turns();
    poller.unregister(r);
    write(w, 'x');
    await turns();
    expect(state.isSettled).toBe(false);
    poller.register(r, POLLIN);
    expect(await promise).toEqual([[r, POLLIN]]);
  });

  test('Poll: only fds that are still registered are reported', async () => {
    const pipes = Array.from({ length: 60 }, openPipe);
    const poller = openPoll();
    const promise = poller.pollAsync(10_000);
    for (const [r] of pipes) poller.register(r, POLLIN);
    await turns();
    for (const [r] of pipes.slice(0, 50)) poller.unregister(r);
    for (const [, w] of pipes.slice(0, 50)) write(w, 'x');
    await turns();
    const state = stateOf(promise);
    await turns();
    expect(state.isSettled).toBe(false);
    for (const [, w] of pipes.slice(50)) write(w, 'x');
    expect(await promise).toEqual(pipes.slice(50).map(([r]) => [r, POLLIN]));
  });

  test('Epoll.register, modify and unregister', async () => {
    const [[r, w], [r2, w2]] = [openPipe(), openPipe()];
    const poller = openEpoll();
    const first = poller.pollAsync(10);
    await turns();
    poller.register(w, EPOLLOUT);
    expect(await first).toEqual([[w, EPOLLOUT]]);
    poller.modify(w, 0);
    const second = poller.pollAsync(10);
    await turns();
    poller.modify(w, EPOLLOUT);
    expect(await second).toEqual([[w, EPOLLOUT]]);
    poller.unregister(w);
    poller.register(r, EPOLLIN);
    const third = poller.pollAsync(10);
    const state = stateOf(third);
    await turns();
    poller.unregister(r);
    write(w, 'x');
    await turns();
    expect(state.isSettled).toBe(false);
    poller.register(r2, EPOLLIN);
    write(w2, 'x');
    expect(await third).toEqual([[r2, EPOLLIN]]);
  });
});

describe('Epoll.close while a wait is pending', () => {
  test('rejects the wait', async () => {
    const poller = openEpoll([openPipe()[0], EPOLLIN]);
    const promise = poller.pollAsync();
    poller.close();
    expect(await rejection(promise)).toEqual(closedError);
    const other = openEpoll();
    const pending = other.pollAsync(10);
    await turns();
    other[Symbol.dispose]();
    expect(await rejection(pending)).toEqual(closedError);
  });

  test('rejects the wait even if an fd has become ready in the same turn', async () => {
    const [r, w] = openPipe();
    const poller = openEpoll([r, EPOLLIN]);
    const promise = poller.pollAsync(10);
    await turns();
    write(w, 'x');
    poller.close();
    expect(await rejection(promise)).toEqual(closedError);
  });

  test('rejects the pending step of an iteration', async () => {
    const poller = openEpoll([openPipe()[0], EPOLLIN]);
    const next = poller[Symbol.asyncIterator]().next();
    await turns();
    poller.close();
    expect(await rejection(next)).toEqual(closedError);
  });

  test('after an abort: the wait rejects with the reason of the abort', async () => {
    const poller = openEpoll();
    const controller = new AbortController();
    const promise = poller.pollAsync(10, -1, { signal: controller.signal });
    controller.abort(new Error('first'));
    poller.close();
    expect(await rejection(promise)).toEqual(new Error('first'));
  });
});

test.each(['Poll', 'Epoll'])('async iteration over a %s', async (name) => {
  const [r, w] = openPipe();
  const poller = name === 'Poll' ? openPoll([r, POLLIN]) : openEpoll([r, EPOLLIN]);
  const timer = setInterval(() => write(w, 'ab'), 2);
  let rounds = 0;
  try {
    for await (const events of poller) {
      expect(events).toEqual([[r, POLLIN]]);
      read(r, 1);
      if (++rounds === 20) break;
    }
  } finally {
    clearInterval(timer);
  }
  expect(rounds).toBe(20);
  expect(poller.poll(0).length).toBeLessThanOrEqual(1);
});
