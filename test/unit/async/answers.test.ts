/** The arguments, answers and timeouts of selectAsync, Poll.pollAsync and Epoll.pollAsync. */
import {
  EPOLLIN,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLRDHUP,
  POLLWRBAND,
  POLLWRNORM,
  Poll,
  selectAsync,
} from 'fdselect';
import { write } from 'fdselect/os';
import { SHUT_WR } from 'fdselect/socket';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  aborter,
  closedError,
  kinds,
  type Options,
  openEpoll,
  openPoll,
  rejection,
  sleep,
  stateOf,
  thisTask,
  turns,
} from '../../support/async-waits.ts';
import { close, openPair, openPipe } from '../../support/sandbox.ts';
import { osError, rangeError, typeError } from '../../support/thrown.ts';
import '../../support/waiter.ts';

describe('bad arguments reject and never throw', () => {
  const text = 'x' as unknown as number;
  const never = Number.NaN;

  test('selectAsync', async () => {
    const select = selectAsync as (...args: unknown[]) => Promise<unknown>;
    expect(await rejection(select([], [], [], text))).toEqual(typeError);
    expect(await rejection(select([], [], [], -1))).toEqual(rangeError);
    expect(await rejection(select([], [], [], never))).toEqual(rangeError);
    expect(await rejection(select(null, [], []))).toEqual(typeError);
    expect(await rejection(select([], 1, []))).toEqual(typeError);
    expect(await rejection(select([], []))).toEqual(typeError);
    expect(await rejection(select())).toEqual(typeError);
    expect(await rejection(select([-1], [], []))).toEqual(rangeError);
    expect(await rejection(select([], [{}], []))).toEqual(typeError);
    expect(await rejection(select([-1], [], [], text))).toEqual(typeError);
    expect(await rejection(select([1_000_000], [], []))).toEqual(osError('EBADF', 'select'));
  });

  test('selectAsync rejects with the error that fileno() throws', async () => {
    const error = new Error('mine');
    const fileno = () => {
      throw error;
    };
    expect(await rejection(selectAsync([{ fileno }], [], []))).toBe(error);
  });

  test('Poll.pollAsync', async () => {
    const poller = new Poll();
    expect(await rejection(poller.pollAsync(text))).toEqual(typeError);
    expect(await rejection(poller.pollAsync(never))).toEqual(rangeError);
    expect(await rejection(poller.pollAsync(2 ** 31))).toEqual(rangeError);
    expect(await poller.pollAsync(1)).toEqual([]);
  });

  test('Epoll.pollAsync', async () => {
    const poller = openEpoll();
    expect(await rejection(poller.pollAsync(text))).toEqual(typeError);
    expect(await rejection(poller.pollAsync(never))).toEqual(rangeError);
    expect(await rejection(poller.pollAsync(0, 0))).toEqual(rangeError);
    expect(await rejection(poller.pollAsync(0, text))).toEqual(typeError);
    expect(await rejection(poller.pollAsync(text, 0))).toEqual(typeError);
    expect(await poller.pollAsync(0.001)).toEqual([]);
    poller.close();
    expect(await rejection(poller.pollAsync(text))).toEqual(closedError);
    expect(await rejection(poller[Symbol.asyncIterator]().next())).toEqual(closedError);
  });

  test.each(kinds)('invalid options and signals: $name', async ({ wait }) => {
    const [r] = openPipe();
    for (const options of [null, { signal: {} }, { signal: 'x' }] as unknown as Options[]) {
      expect(await rejection(wait(r, 0.001, options))).toBeInstanceOf(TypeError);
    }
  });
});

test('the lists of selectAsync are read before it returns', async () => {
  const [[r1, w1], [r2, w2]] = [openPipe(), openPipe()];
  const list = [r1];
  const promise = selectAsync(list, [], [], 10);
  list[0] = r2;
  list.push(r2);
  write(w2, 'x');
  await turns();
  write(w1, 'x');
  expect(await promise).toEqual([[r1], [], []]);
});

test('selectAsync answers with the objects that were passed', async () => {
  const [a, b] = openPair();
  const other = { fileno: () => a.fileno() };
  const promise = selectAsync(new Set([b, a, other]), [], [a], 10);
  await turns();
  b.send(Buffer.from('x'));
  const [readers, writers, excepts] = await promise;
  expect([readers.length, writers, excepts]).toEqual([2, [], []]);
  expect([readers[0] === a, readers[1] === other]).toEqual([true, true]);
});

describe('the timeout', () => {
  test.each(kinds)('$name: 1 ms is never cut short', async ({ wait, timedOut }) => {
    const [r] = openPipe();
    for (let i = 0; i < 200; i++) {
      const start = process.hrtime.bigint();
      expect(await wait(r, 0.001)).toEqual(timedOut);
      expect(Number(process.hrtime.bigint() - start)).toBeGreaterThanOrEqual(1e6);
    }
  });

  test.each(kinds)('$name: many timeouts at once are never cut short', async ({ wait }) => {
    const took = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const [r] = openPipe();
        const start = process.hrtime.bigint();
        await wait(r, i / 10_000);
        return Number(process.hrtime.bigint() - start) / 1e6 - i / 10;
      }),
    );
    expect(Math.min(...took)).toBeGreaterThanOrEqual(0);
  });

  test('more than 2^31 ms: the wait stays pending until it is aborted', async () => {
    const onWarning = vi.fn();
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const [r] = openPipe();
    const controller = aborter();
    const { signal } = controller;
    const waits = [
      selectAsync([r], [], [], 3e6, { signal }),
      selectAsync([r], [], [], 9e9, { signal }),
      openPoll([r, POLLIN]).pollAsync(2 ** 31 - 1, { signal }),
      openEpoll([r, EPOLLIN]).pollAsync(2_147_483.647, -1, { signal }),
      selectAsync([r], [], [], Infinity, { signal }),
    ];
    const states = waits.map(stateOf);
    const rejections = waits.map(rejection);
    await sleep(50);
    expect(states.map(({ isSettled }) => isSettled)).toEqual(waits.map(() => false));
    controller.abort('enough');
    expect(await Promise.all(rejections)).toEqual(waits.map(() => 'enough'));
    expect(onWarning).not.toHaveBeenCalled();
  });

  test.each([0, -0])('%s: the promise settles without a wait', async (timeout) => {
    const [r] = openPipe();
    const promises = [
      selectAsync([r], [], [], timeout),
      openPoll([r, POLLIN]).pollAsync(timeout),
      openEpoll([r, EPOLLIN]).pollAsync(timeout),
      openEpoll([r, EPOLLIN]).pollAsync(-0.0009),
    ];
    const states = promises.map(stateOf);
    await thisTask();
    expect(states.every(({ isSettled }) => isSettled)).toBe(true);
    expect(await Promise.all(promises)).toEqual([[[], [], []], [], [], []]);
  });

  test('an event at the last moment is reported, not lost', async () => {
    const [r, w] = openPipe();
    await turns(1); // immediates run last in a turn: the timers are next
    const promise = selectAsync([r], [], [], 0.02);
    write(w, 'x');
    // The time is over when this turn ends.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40);
    expect(await promise).toEqual([[r], [], []]);
  });
});

test.each([POLLRDHUP, 0xffff])('pollAsync with the mask %s reports POLLRDHUP', async (mask) => {
  const [a, b] = openPair();
  const promise = openPoll([a.fileno(), mask & ~(POLLOUT | POLLWRNORM | POLLWRBAND)]).pollAsync();
  const state = stateOf(promise);
  await turns();
  expect(state.isSettled).toBe(false);
  b.shutdown(SHUT_WR);
  const [[fd, events] = [-1, 0]] = await promise;
  expect([fd, events & POLLRDHUP]).toEqual([a.fileno(), POLLRDHUP]);
});

test('Epoll.pollAsync returns at most maxevents events', async () => {
  const pipes = Array.from({ length: 5 }, openPipe);
  const poller = openEpoll(...pipes.map(([r]): [number, number] => [r, EPOLLIN]));
  const promise = poller.pollAsync(10, 2);
  await turns();
  for (const [, w] of pipes) write(w, 'x');
  const first = await promise;
  const second = await poller.pollAsync(10, 3);
  expect([first.length, second.length]).toEqual([2, 3]);
  const fds = [...first, ...second].map(([fd]) => fd).sort((a, b) => a - b);
  expect(fds).toEqual(pipes.map(([r]) => r).sort((a, b) => a - b));
});

test('a hang-up ends every kind of wait, even with the mask 0', async () => {
  const [r, w] = openPipe();
  const waits = [
    selectAsync([r], [], [], 10),
    openPoll([r, 0]).pollAsync(10_000),
    openEpoll([r, 0]).pollAsync(10),
  ];
  await turns();
  close(w);
  expect(await Promise.all(waits)).toEqual([[[r], [], []], [[r, POLLHUP]], [[r, POLLHUP]]]);
});
