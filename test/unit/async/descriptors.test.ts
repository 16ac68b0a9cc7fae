/** The fds of pending waits: shared by several, closed, never ready, and epoll sets. */
import { EPOLLIN, epoll, POLLIN, POLLNVAL, POLLOUT, POLLPRI, selectAsync } from 'fdselect';
import { dup, read, setBlocking, write } from 'fdselect/os';
import { MSG_OOB } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import {
  aborter,
  cpuTime,
  openEpoll,
  openPoll,
  rejection,
  sleep,
  stateOf,
  turns,
} from '../../support/async-waits.ts';
import { testHighFds } from '../../support/runtime.ts';
import {
  close,
  closing,
  openAt,
  openFile,
  openPair,
  openPipe,
  openTcp,
} from '../../support/sandbox.ts';
import { osError } from '../../support/thrown.ts';
import '../../support/waiter.ts';

describe('several waits on one fd', () => {
  test('with different masks: each wait gets its own events', async () => {
    const [a, b] = openPair();
    const fd = a.fileno();
    setBlocking(fd, false);
    while (a.trySend(Buffer.alloc(65536)) !== null);
    const reading = openPoll([fd, POLLIN]).pollAsync(10_000);
    const writing = openPoll([fd, POLLOUT]).pollAsync(10_000);
    const states = [stateOf(reading), stateOf(writing)];
    await turns();
    b.send(Buffer.from('x'));
    expect(await reading).toEqual([[fd, POLLIN]]);
    await turns();
    expect(states.map(({ isSettled }) => isSettled)).toEqual([true, false]);
    b.setblocking(false);
    const sink = Buffer.alloc(1 << 20);
    while (b.tryRecvInto(sink) !== null);
    expect(await writing).toEqual([[fd, POLLOUT]]);
  });

  test('when one wait has ended, the others keep their masks', async () => {
    const [a, b] = openPair();
    const fd = a.fileno();
    const controller = aborter();
    const { signal } = controller;
    const first = openPoll([fd, POLLIN]).pollAsync(-1, { signal });
    const second = selectAsync([fd], [], [], 10);
    await turns();
    controller.abort();
    await rejection(first);
    const third = openEpoll([fd, EPOLLIN]).pollAsync(10);
    await turns();
    b.send(Buffer.from('x'));
    expect(await second).toEqual([[fd], [], []]);
    expect(await third).toEqual([[fd, EPOLLIN]]);
  });

  test('fifty with the same mask all end with one event', async () => {
    const [r, w] = openPipe();
    const waits = Array.from({ length: 50 }, () => selectAsync([r], [], [], 10));
    await turns();
    write(w, 'x');
    expect(await Promise.all(waits)).toEqual(new Array(50).fill([[r], [], []]));
  });

  test('one wait reads the data: the others continue', async () => {
    const [r, w] = openPipe();
    const take = async () => {
      for (;;) {
        await selectAsync([r], [], [], 10);
        setBlocking(r, false);
        try {
          return read(r, 1).toString();
        } catch (error) {
          expect(error).toEqual(osError('EAGAIN'));
        }
      }
    };
    const taken = Promise.all([take(), take(), take()]);
    for (const letter of 'abc') {
      await turns();
      write(w, letter);
    }
    expect((await taken).sort()).toEqual(['a', 'b', 'c']);
  });

  test('one for an exceptional condition, one for reading', async () => {
    const [client, server] = openTcp();
    const urgent = selectAsync([], [], [server], 10);
    const reading = selectAsync([server], [], [], 10);
    const state = stateOf(urgent);
    await turns();
    client.send(Buffer.from('x'));
    expect(await reading).toEqual([[server], [], []]);
    await turns();
    expect(state.isSettled).toBe(false);
    client.send(Buffer.from('!'), MSG_OOB);
    expect(await urgent).toEqual([[], [], [server]]);
  });
});

describe('events that were not asked for', () => {
  test('a hang-up of a pipe in the write set: the wait stays pending and uses no CPU', async () => {
    const [r, w] = openPipe();
    close(w);
    const controller = aborter();
    const promise = selectAsync([], [r], [], undefined, { signal: controller.signal });
    const state = stateOf(promise);
    expect(await cpuTime(() => sleep(500))).toBeLessThan(150);
    expect(state.isSettled).toBe(false);
    controller.abort(new Error('enough'));
    expect(await rejection(promise)).toEqual(new Error('enough'));
  });

  test('a hang-up during such a wait: it ends at its timeout', async () => {
    const [r, w] = openPipe();
    const start = performance.now();
    const promise = selectAsync([], [r], [], 0.5);
    await turns();
    close(w);
    expect(await cpuTime(() => promise)).toBeLessThan(150);
    expect(await promise).toEqual([[], [], []]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(500);
  });

  test('such a hang-up does not hide other fds, or other waits for the same fd', async () => {
    const [[r, w], [r2, w2]] = [openPipe(), openPipe()];
    const { signal } = aborter();
    const state = stateOf(selectAsync([], [r], [], undefined, { signal }));
    const both = selectAsync([r2], [r], [], 10);
    await turns();
    close(w);
    expect(await selectAsync([r], [], [], 10)).toEqual([[r], [], []]);
    await turns();
    expect(state.isSettled).toBe(false);
    write(w2, 'x');
    expect(await both).toEqual([[r2], [], []]);
  });

  test.each(['/etc/passwd', '/dev/null'])(
    'POLLPRI alone on %s: the wait ends at its timeout',
    async (path) => {
      const fd = openFile(path);
      const start = performance.now();
      let answers: unknown[] = [];
      const used = await cpuTime(async () => {
        answers = await Promise.all([
          openPoll([fd, POLLPRI]).pollAsync(400),
          selectAsync([], [], [fd], 0.4),
        ]);
      });
      expect(answers).toEqual([[], [[], [], []]]);
      expect(performance.now() - start).toBeGreaterThanOrEqual(400);
      expect(used).toBeLessThan(150);
    },
  );

  test('POLLPRI on a regular file, and POLLIN on a pipe: the pipe ends the wait', async () => {
    const [r, w] = openPipe();
    const promise = openPoll([openFile('/etc/passwd'), POLLPRI], [r, POLLIN]).pollAsync(10_000);
    await turns();
    write(w, 'x');
    expect(await promise).toEqual([[r, POLLIN]]);
  });

  test('a pending wait uses no CPU', async () => {
    const { signal } = aborter();
    const state = stateOf(selectAsync([openPipe()[0]], [], [], undefined, { signal }));
    expect(await cpuTime(() => sleep(300))).toBeLessThan(100);
    expect(state.isSettled).toBe(false);
  });
});

describe('an fd that is closed during a wait', () => {
  test.each([false, true])(
    'does not disturb other waits (a duplicate is open: %s)',
    async (has) => {
      const [[r, w], [r2, w2]] = [openPipe(), openPipe()];
      const { signal } = aborter();
      stateOf(selectAsync([r], [], [], undefined, { signal }));
      stateOf(openPoll([r, POLLIN]).pollAsync(-1, { signal }));
      const other = selectAsync([r2], [], [], 10);
      await turns();
      const copy = has ? closing(dup(r)) : -1;
      close(r);
      if (has) {
        write(w, 'x');
        read(copy, 1);
      }
      expect(await cpuTime(() => sleep(200))).toBeLessThan(100);
      write(w2, 'x');
      expect(await other).toEqual([[r2], [], []]);
      expect(await selectAsync([r2], [], [], 10)).toEqual([[r2], [], []]);
    },
  );

  test('an open duplicate that stays ready uses no CPU', async () => {
    const [r, w] = openPipe();
    const promise = selectAsync([r], [], [], 0.3);
    promise.catch(() => {});
    await turns();
    const copy = closing(dup(r));
    close(r);
    write(w, 'x');
    expect(await cpuTime(() => sleep(400))).toBeLessThan(150);
    expect(await rejection(promise)).toEqual(osError('EBADF', 'select'));
    expect(await cpuTime(() => sleep(200))).toBeLessThan(100);
    expect(await selectAsync([copy], [], [], 10)).toEqual([[copy], [], []]);
  });

  test('its number may be used at once for a wait for another file', async () => {
    const [[r, w], [r2, w2]] = [openPipe(), openPipe()];
    const { signal } = aborter();
    stateOf(selectAsync([r], [], [], undefined, { signal }));
    await turns();
    closing(dup(r));
    close(r);
    openAt(r2, r);
    const promise = openPoll([r, POLLIN]).pollAsync(10_000);
    const state = stateOf(promise);
    write(w, 'x');
    await turns();
    expect(state.isSettled).toBe(false);
    write(w2, 'x');
    expect(await promise).toEqual([[r, POLLIN]]);
  });

  test('after a wait, closing the socket sends the end of file to its peer', async () => {
    const [a, b] = openPair();
    const controller = aborter();
    const first = selectAsync([a], [], [], undefined, { signal: controller.signal });
    await turns();
    controller.abort('enough');
    expect(await rejection(first)).toBe('enough');
    a.close();
    expect(await selectAsync([b], [], [], 5)).toEqual([[b], [], []]);
    expect(b.recv(1)).toHaveLength(0);
  });

  test('Poll reports POLLNVAL at its next poll(2)', async () => {
    const [[r], [r2, w2]] = [openPipe(), openPipe()];
    const poller = openPoll([r, POLLIN], [r2, POLLIN]);
    const promise = poller.pollAsync(10_000);
    await turns();
    close(r);
    write(w2, 'x');
    const answer = await promise;
    expect(answer).toContainEqual([r, POLLNVAL]);
    expect(await poller.pollAsync(10_000)).toEqual([
      [r, POLLNVAL],
      [r2, POLLIN],
    ]);
  });
});

describe("fds that an epoll set inside Node's own epoll set cannot watch", () => {
  test('a chain of epoll sets as long as the kernel allows', async () => {
    const [r, w] = openPipe();
    let inner = r;
    let outermost = closing(epoll());
    outermost.register(r, EPOLLIN);
    for (let depth = 1; depth < 5; depth++) {
      inner = outermost.fileno();
      outermost = closing(epoll());
      outermost.register(inner, EPOLLIN);
    }
    const pending = outermost.pollAsync();
    write(w, 'x');
    expect(await pending).toEqual([[inner, EPOLLIN]]);
  });

  test('one pipe in 200 sets', async () => {
    const [r, w] = openPipe();
    const pending = Array.from({ length: 200 }, () => {
      const set = closing(epoll());
      set.register(r, EPOLLIN);
      return set.pollAsync();
    });
    write(w, 'x');
    expect(await Promise.all(pending)).toEqual(new Array(200).fill([[r, EPOLLIN]]));
  });

  testHighFds('2000 duplicates of one file', async () => {
    const [r, w] = openPipe();
    const duplicates = Array.from({ length: 2000 }, () => closing(dup(r)));
    const pending = selectAsync(duplicates, [], []);
    write(w, 'x');
    expect((await pending)[0]).toEqual(duplicates);
  });
});
