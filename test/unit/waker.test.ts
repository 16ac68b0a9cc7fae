/** Waker: a wait of one thread, ended by another. */
import { readFileSync } from 'node:fs';
import { EPOLLIN, epoll, POLLIN, poll, select, selectAsync, Waker } from 'fdselect';
import {
  eventfd,
  eventfdWrite,
  getBlocking,
  close as osClose,
  read,
  setBlocking,
  write,
} from 'fdselect/os';
import { EVENT_READ, SelectSelector } from 'fdselect/selectors';
import { describe, expect, test } from 'vitest';
import { threadSleeps } from '../support/asleep.ts';
import { closing, fill, openPair, openPipe } from '../support/sandbox.ts';
import { until } from '../support/server.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';
import { type Exports, InWorker } from '../support/worker.ts';
import '../support/waiter.ts';

const closedError: unknown = expect.objectContaining({ name: 'Error', code: 'ERR_CLOSED' });

function openWaker(): Waker {
  return closing(new Waker());
}

function isAwake(waker: Waker): boolean {
  return select([waker], [], [], 0)[0].length === 1;
}

function closesOnExec(fd: number): boolean {
  const flags = /flags:\s+([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  return (Number.parseInt(flags ?? '0', 8) & 0o2000000) !== 0;
}

/** Each kind of wait: whether the waker is readable, within so many milliseconds. */
const blocking: [string, (waker: Waker, milliseconds: number) => boolean][] = [
  ['select', (waker, time) => select([waker], [], [], time / 1000)[0][0] === waker],
  [
    'poll',
    (waker, time) => {
      const poller = poll();
      poller.register(waker, POLLIN);
      return poller.poll(time)[0]?.[1] === POLLIN;
    },
  ],
  [
    'epoll',
    (waker, time) => {
      using poller = epoll();
      poller.register(waker, EPOLLIN);
      return poller.poll(time / 1000)[0]?.[1] === EPOLLIN;
    },
  ],
  [
    'a selector',
    (waker, time) => {
      using selector = new SelectSelector();
      selector.register(waker, EVENT_READ);
      return selector.select(time / 1000)[0]?.[0].fileobj === waker;
    },
  ],
];

const pending: [string, (waker: Waker) => Promise<boolean>][] = [
  ['selectAsync', async (waker) => (await selectAsync([waker], [], [], 10))[0][0] === waker],
  [
    'pollAsync',
    async (waker) => {
      const poller = poll();
      poller.register(waker, POLLIN);
      return (await poller.pollAsync(10_000))[0]?.[1] === POLLIN;
    },
  ],
  [
    'epoll.pollAsync',
    async (waker) => {
      using poller = epoll();
      poller.register(waker, EPOLLIN);
      return (await poller.pollAsync(10))[0]?.[1] === EPOLLIN;
    },
  ],
];

describe('on one thread', () => {
  test.each(blocking)('%s: readable once it is woken, until it is cleared', (_, awake) => {
    const waker = openWaker();
    expect(awake(waker, 0)).toBe(false);
    waker.wake();
    expect([awake(waker, 0), awake(waker, 0), awake(waker, 10_000)]).toEqual([true, true, true]);
    waker.clear();
    expect([awake(waker, 0), awake(waker, 10)]).toEqual([false, false]);
    waker.wake();
    expect(awake(waker, 0)).toBe(true);
  });

  test.each(pending)('%s: ends when it is woken, before or during the wait', async (_, wait) => {
    const waker = openWaker();
    waker.wake();
    expect(await wait(waker)).toBe(true);
    waker.clear();
    let isOver = false;
    const end = wait(waker).then((answer) => {
      isOver = true;
      return answer;
    });
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    const start = performance.now();
    waker.wake();
    expect(await end).toBe(true);
    expect(performance.now() - start).toBeLessThan(5000); // of 10 s
    waker.clear();
  });

  test('two wake-ups are one; clear() without a wake-up has no effect', () => {
    const waker = openWaker();
    waker.clear();
    for (let i = 0; i < 3; i++) waker.wake();
    waker.clear();
    expect(isAwake(waker)).toBe(false);
    waker.clear();
    waker.wake();
    expect(isAwake(waker)).toBe(true);
  });

  test('wake() does not block at the end of the counter', () => {
    const waker = openWaker();
    write(waker, BigUint64Array.of(2n ** 64n - 2n)); // the largest counter of eventfd(2)
    waker.wake();
    waker.wake();
    expect(isAwake(waker)).toBe(true);
    waker.clear();
    expect(isAwake(waker)).toBe(false);
  });

  test('only reading is to be watched: it is always writable', () => {
    const waker = openWaker();
    expect(select([waker], [waker], [waker], 1)).toEqual([[], [waker], []]);
  });

  test('its file descriptor is non-blocking and closes on exec', () => {
    const waker = openWaker();
    const copy = closing(Waker.fromfd(waker));
    for (const one of [waker, copy]) {
      expect(getBlocking(one)).toBe(false);
      expect(closesOnExec(one.fileno())).toBe(true);
    }
    expect(thrown(() => read(waker, 8))).toEqual(osError('EAGAIN', 'read'));
  });
});

describe('fromfd', () => {
  test('wake() and clear() do not block on an fd of another kind, or one without EFD_NONBLOCK', () => {
    const counter = closing(eventfd(0, 0));
    const waker = closing(Waker.fromfd(counter));
    waker.clear();
    eventfdWrite(counter, 2n ** 64n - 2n); // the largest counter
    waker.wake();
    expect(isAwake(waker)).toBe(true);
    waker.clear();
    expect(isAwake(waker)).toBe(false);
    const [r, w] = openPipe();
    closing(Waker.fromfd(r)).clear();
    for (const fd of [r, w]) expect(getBlocking(fd)).toBe(true);
    const full = closing(Waker.fromfd(w));
    fill(w);
    setBlocking(w, true);
    full.wake();
    const [end] = openPair();
    closing(Waker.fromfd(end)).clear();
  });

  test('a second waker for the same file descriptor, from a number or an object', () => {
    const waker = openWaker();
    for (const source of [waker, waker.fileno(), { fd: waker.fileno() }]) {
      const other = closing(Waker.fromfd(source));
      expect(other.fileno()).not.toBe(waker.fileno());
      other.wake();
      expect([isAwake(waker), isAwake(other)]).toEqual([true, true]);
      waker.clear();
      expect([isAwake(waker), isAwake(other)]).toEqual([false, false]);
    }
  });

  test('closing either leaves the other', () => {
    const [first, second] = [openWaker(), openWaker()];
    const [ofFirst, ofSecond] = [closing(Waker.fromfd(first)), closing(Waker.fromfd(second))];
    ofFirst.close();
    first.wake();
    expect(isAwake(first)).toBe(true);
    second.close();
    ofSecond.wake();
    expect(isAwake(ofSecond)).toBe(true);
  });

  test('a value that is not a file descriptor', () => {
    expect(thrown(() => Waker.fromfd(-1))).toEqual(rangeError);
    expect(thrown(() => Waker.fromfd(1.5))).toEqual(rangeError);
    expect(thrown(() => Waker.fromfd('x' as never))).toEqual(typeError);
    expect(thrown(() => Waker.fromfd(null as never))).toEqual(typeError);
    expect(thrown(() => Waker.fromfd(9999))).toEqual(osError('EBADF', 'dup'));
    for (const fd of [-1, 1.5]) expect(thrown(() => new Waker(fd))).toEqual(rangeError);
    expect(thrown(() => new Waker('x' as never))).toEqual(typeError);
  });

  test('a file descriptor of something else: the error of the call', () => {
    const [r, w] = openPipe();
    expect(thrown(() => closing(Waker.fromfd(r)).wake())).toEqual(osError('EBADF', 'write'));
    expect(thrown(() => closing(Waker.fromfd(w)).clear())).toEqual(osError('EBADF', 'read'));
  });
});

describe('closed', () => {
  test('every method throws ERR_CLOSED; close() is idempotent', () => {
    const waker = new Waker();
    const fd = waker.fileno();
    waker.close();
    waker.close();
    for (const call of [
      () => waker.fileno(),
      () => waker.wake(),
      () => waker.clear(),
      () => Waker.fromfd(waker),
      () => select([waker], [], [], 0),
      () => poll().register(waker),
    ]) {
      expect(thrown(call)).toEqual(closedError);
    }
    expect(thrown(() => osClose(fd))).toEqual(osError('EBADF'));
  });

  test('using', () => {
    let fd: number;
    {
      using waker = new Waker();
      fd = waker.fileno();
      waker.wake();
    }
    expect(thrown(() => osClose(fd))).toEqual(osError('EBADF'));
  });

  test('a waker closes the file descriptor that was passed to it', () => {
    const first = new Waker();
    const fd = Waker.fromfd(first).fileno();
    const adopted = new Waker(fd);
    expect(adopted.fileno()).toBe(fd);
    adopted.wake();
    expect(isAwake(first)).toBe(true);
    adopted.close();
    expect(thrown(() => osClose(fd))).toEqual(osError('EBADF'));
    first.close();
  });

  test('closed by other code: EBADF', () => {
    const waker = new Waker();
    osClose(waker.fileno());
    expect(thrown(() => waker.wake())).toEqual(osError('EBADF', 'write'));
    expect(thrown(() => waker.clear())).toEqual(osError('EBADF', 'read'));
    waker.close(); // nothing to be done about it any more
  });
});

describe('between threads', () => {
  /** A thread, and memory in which it says that it is about to wait. */
  type Waiting = [fd: number, beginning: SharedArrayBuffer, pid: number];

  /**
   * In a worker: wakes the main thread once that sleeps in its wait, and says when, on the clock that
   * threads share.
   */
  async function wakeLater([fd, beginning, pid]: Waiting, { Waker }: Exports): Promise<number> {
    const { existsSync, readFileSync } = process.getBuiltinModule('node:fs');
    const waker = Waker.fromfd(fd);
    Atomics.wait(new Int32Array(beginning), 0, 0);
    const path = `/proc/self/task/${pid}/stat`;
    const isAsleep = () => {
      const stat = readFileSync(path, 'latin1');
      return stat.at(stat.lastIndexOf(')') + 2) === 'S';
    };
    while (existsSync(path) && !isAsleep()) await new Promise((resolve) => setTimeout(resolve, 1));
    const time = performance.timeOrigin + performance.now();
    waker.wake();
    waker.close();
    return time;
  }

  function begins(beginning: SharedArrayBuffer, value: number): void {
    Atomics.store(new Int32Array(beginning), 0, value);
    Atomics.notify(new Int32Array(beginning), 0);
  }

  test.each(blocking)('a worker wakes a blocked %s of the main thread', async (_, awake) => {
    const waker = openWaker();
    const beginning = new SharedArrayBuffer(4);
    const argument: Waiting = [waker.fileno(), beginning, process.pid];
    await using worker = await InWorker.start(wakeLater, argument);
    begins(beginning, 1);
    expect(awake(waker, 10_000)).toBe(true);
    const end = performance.timeOrigin + performance.now();
    expect(end - (await worker.result)).toBeLessThan(5000);
  });

  test.each(pending)('a worker ends a pending %s of the main thread', async (_, wait) => {
    const waker = openWaker();
    const beginning = new SharedArrayBuffer(4);
    const argument: Waiting = [waker.fileno(), beginning, process.pid];
    await using worker = await InWorker.start(wakeLater, argument);
    const pending = wait(waker);
    begins(beginning, 1);
    expect(await pending).toBe(true);
    const end = performance.timeOrigin + performance.now();
    expect(end - (await worker.result)).toBeLessThan(5000);
  });

  test.each(['select', 'poll', 'epoll'] as const)(
    'the main thread wakes a blocked %s of a worker',
    async (kind) => {
      const waker = openWaker();
      const beginning = new SharedArrayBuffer(4);
      await using worker = await InWorker.start(
        ([fd, kind, beginning]: [number, string, SharedArrayBuffer], exports) => {
          const { select, poll, epoll, Waker } = exports;
          const { existsSync, readlinkSync } = process.getBuiltinModule('node:fs');
          const waker = Waker.fromfd(fd);
          const path = '/proc/thread-self';
          const tid = existsSync(path) ? Number(readlinkSync(path).split('/').at(-1)) : -1;
          let found: unknown;
          Atomics.store(new Int32Array(beginning), 0, tid);
          if (kind === 'select') found = select([waker], [], [], 10)[0].length;
          else {
            const poller = kind === 'poll' ? poll() : epoll();
            poller.register(waker, 1);
            found = poller.poll(kind === 'poll' ? 10_000 : 10).length;
            if ('close' in poller) poller.close();
          }
          const end = performance.timeOrigin + performance.now();
          waker.close();
          return { found, end };
        },
        [waker.fileno(), kind, beginning] as [number, string, SharedArrayBuffer],
      );
      const tid = () => Atomics.load(new Int32Array(beginning), 0);
      await until(() => tid() !== 0 && threadSleeps(tid()), 'the worker waits');
      const time = performance.timeOrigin + performance.now();
      waker.wake();
      const { found, end } = await worker.result;
      expect(found).toBe(1);
      expect(end - time).toBeLessThan(5000);
    },
  );

  /** In a worker: once all may begin, wakes again and again, each time after counting. */
  function wakeOften(
    [fd, counter, count]: [number, SharedArrayBuffer, number],
    { Waker }: Exports,
  ): void {
    const waker = Waker.fromfd(fd);
    const wakes = new Int32Array(counter);
    Atomics.wait(wakes, 1, 0);
    for (let i = 0; i < count; i++) {
      Atomics.add(wakes, 0, 1);
      waker.wake();
    }
    waker.close();
  }

  test.each(blocking)('none of 10,000 wakes from 4 workers is lost on %s', async (_, awake) => {
    const COUNT = 10_000;
    const waker = openWaker();
    const counter = new SharedArrayBuffer(8);
    const wakes = new Int32Array(counter);
    const argument = [waker.fileno(), counter, COUNT / 4] as [number, SharedArrayBuffer, number];
    const workers = await Promise.all(
      Array.from({ length: 4 }, () => InWorker.start(wakeOften, argument)),
    );
    Atomics.store(wakes, 1, 1);
    Atomics.notify(wakes, 1);
    // After a wait, every count made before the wake that ended it is visible, so the last one is too.
    while (Atomics.load(wakes, 0) < COUNT) {
      expect(awake(waker, 10_000), `after ${Atomics.load(wakes, 0)} wakes`).toBe(true);
      waker.clear();
    }
    await Promise.all(workers.map((worker) => worker.result));
    waker.clear();
    expect(awake(waker, 0)).toBe(false);
  });

  test('there and back, a thousand times', async () => {
    const [there, back] = [openWaker(), openWaker()];
    await using worker = await InWorker.start(
      ([thereFd, backFd]: number[], { Waker, select }) => {
        const [there, back] = [Waker.fromfd(thereFd as number), Waker.fromfd(backFd as number)];
        let count = 0;
        while (count < 1000 && select([there], [], [], 10)[0].length > 0) {
          there.clear();
          count++;
          back.wake();
        }
        there.close();
        back.close();
        return count;
      },
      [there.fileno(), back.fileno()],
    );
    for (let i = 0; i < 1000; i++) {
      there.wake();
      expect(select([back], [], [], 10)[0]).toEqual([back]);
      back.clear();
    }
    expect(await worker.result).toBe(1000);
  });
});
