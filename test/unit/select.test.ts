/** select(): its timeout, lists, errors and readiness; with CPython's test_select. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { OSError, select } from 'fdselect';
import { read, write } from 'fdselect/os';
import { MSG_OOB, SHUT_RDWR, type Socket, socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { shown, testHighFds } from '../support/runtime.ts';
import {
  close,
  closing,
  openAt,
  openFile,
  openPair,
  openPipe,
  openRefused,
  openTcp,
  reset,
} from '../support/sandbox.ts';

const NEVER = Symbol('no argument');

/** Calls select with arguments that its types refuse. */
function call(...args: unknown[]): unknown {
  return (select as (...args: unknown[]) => unknown)(...args.filter((arg) => arg !== NEVER));
}

function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { type: (error as Error).constructor.name, code, message };
  }
}

const typeError = expect.objectContaining({ type: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
const rangeError = expect.objectContaining({ type: 'RangeError', code: 'ERR_OUT_OF_RANGE' });

function milliseconds(run: () => unknown): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

describe('the timeout', () => {
  test.each([0, -0])('%s does not wait', (timeout) => {
    const [r] = openPipe();
    expect(select([r], [], [], timeout)).toEqual([[], [], []]);
  });

  test.each([-1, -0.5, -1e-6, -1e-10, -Infinity, Number.NaN, 9223372037, 2 ** 63, 1e300])(
    '%s is a RangeError that names it',
    (timeout) => {
      const result = outcome(() => select([], [], [], timeout));
      expect(result).toEqual(rangeError);
      expect(result).toMatchObject({ message: expect.stringMatching(/^timeout .*received/) });
    },
  );

  test.each(shown(['1', true, false, 1n, [], {}, Symbol('s'), new Date()]))(
    '%s is a TypeError that names it',
    (_, timeout) => {
      const result = outcome(() => call([], [], [], timeout));
      expect(result).toEqual(typeError);
      expect(result).toMatchObject({ message: expect.stringMatching(/^timeout .*received/) });
    },
  );

  test.each([undefined, null, Infinity, 9223372036, 2 ** 33])(
    '%s waits, here for something that is ready',
    (timeout) => {
      const [, w] = openPipe();
      expect(select([], [w], [], timeout)).toEqual([[], [w], []]);
    },
  );

  test.each([0.05, 0.0015])('%s s is never cut short', (timeout) => {
    const [r] = openPipe();
    for (let i = 0; i < 10; i++) {
      expect(milliseconds(() => select([r], [], [], timeout))).toBeGreaterThanOrEqual(
        1000 * timeout,
      );
    }
  });

  test('three empty lists and a timeout sleep', () => {
    expect(milliseconds(() => select([], [], [], 0.05))).toBeGreaterThanOrEqual(50);
  });

  test('is checked before the lists, these one after the other, all before the call', () => {
    const seen: string[] = [];
    const lists = ['r', 'w', 'x'].map((name) => [
      {
        fileno: () => {
          seen.push(name);
          return name === 'w' ? -1 : 0;
        },
      },
    ]);
    expect(outcome(() => call([-1], [], [], 'x'))).toMatchObject({
      message: expect.stringMatching(/^timeout/),
    });
    expect(outcome(() => call(...lists, 0))).toEqual(rangeError);
    expect(seen).toEqual(['r', 'w']);
  });
});

describe('the lists', () => {
  test.each([undefined, null, 1, {}, true])('%s is no list: TypeError', (list) => {
    for (const position of [0, 1, 2]) {
      const lists: unknown[] = [[], [], []];
      lists[position] = list;
      const result = outcome(() => call(...lists, 0));
      expect(result).toEqual(typeError);
      expect(result).toMatchObject({ message: expect.stringContaining('rwx'.charAt(position)) });
    }
  });

  test('every iterable is taken, and a generator is consumed', () => {
    const [, w] = openPipe();
    const generator = (function* () {
      yield w;
    })();
    const lists = [[w], new Set([w]), new Map([[w, 1]]).keys(), generator, Uint8Array.of(w)];
    for (const list of lists) expect(select([], list, [], 0)).toEqual([[], [w], []]);
    expect(generator.next().done).toBe(true);
    expect(select('' as unknown as number[], new Uint8Array(), [], 0)).toEqual([[], [], []]);
    expect(outcome(() => call('abc', [], [], 0))).toEqual(typeError);
  });

  test('the answer is three new arrays, and the lists stay as they are', () => {
    const [r, w] = openPipe();
    const [rlist, wlist, xlist] = [[r], [w], [r]];
    const answer = select(rlist, wlist, xlist, 0);
    expect(new Set([...answer, rlist, wlist, xlist]).size).toBe(6);
    expect([rlist, wlist, xlist]).toEqual([[r], [w], [r]]);
    const empty = select([], [], [], 0);
    expect(new Set(empty).size).toBe(3);
  });

  test('holds the same objects, in their order, as often as they were given', () => {
    const [r, w] = openPipe();
    const object = { fileno: () => w };
    const idle = { fileno: () => r };
    expect(select([idle], [w, object, w, idle, object], [], 0)[1]).toEqual([w, object, w, object]);
    expect(select([], [object], [], 0)[1][0]).toBe(object);
  });

  test('one fd may be in several lists', () => {
    const [a, b] = openPair();
    b.sendall(Buffer.from('x'));
    expect(select([a], [a], [a], 0)).toEqual([[a], [a], []]);
  });

  test('CPython test_select_mutated: objects that a fileno() removes are not used', () => {
    const [, w] = openPipe();
    let calls = 0;
    const list: { fileno(): number }[] = Array.from({ length: 10 }, () => ({
      fileno: () => {
        calls++;
        list.pop();
        return w;
      },
    }));
    expect(select([], list, [], 0)[1]).toHaveLength(5);
    expect(calls).toBe(5);
  });

  test('objects that a fileno() adds are used', () => {
    const [, w] = openPipe();
    const list: (number | { fileno(): number })[] = [
      {
        fileno: () => {
          list.push(w);
          return w;
        },
      },
    ];
    expect(select([], list, [], 0)[1]).toEqual([list[0], w]);
  });

  test('a list that grows without end is a RangeError, and so is an array of any length', () => {
    const [, w] = openPipe();
    const list: { fileno(): number }[] = [];
    const item = {
      fileno: () => {
        list.push(item);
        return w;
      },
    };
    list.push(item);
    expect(outcome(() => select([], list, [], 0))).toEqual(rangeError);
    expect(() => select([], new Array(2 ** 20 + 1).fill(w), [], 0)).toThrow(
      'wlist must be at most 1048576 entries long, received 1048577',
    );
    const endless = (function* () {
      for (;;) yield w;
    })();
    expect(outcome(() => select([], endless, [], 0))).toEqual(rangeError);
    expect(outcome(() => select([], new Array(2 ** 32 - 1).fill(w, 0, 2), [], 0))).toEqual(
      typeError,
    );
  });

  test('more than 1024 entries are fine', () => {
    const [, w] = openPipe();
    expect(select([], new Array(5000).fill(w), [], 0)[1]).toHaveLength(5000);
  });

  test('a fileno() may call select() itself', () => {
    const [r, w] = openPipe();
    const nested: unknown[] = [];
    const object = {
      fileno: () => {
        nested.push(select([r], [w, w], [], 0));
        return w;
      },
    };
    expect(select([r], [w, object, w], [], 0)).toEqual([[], [w, object, w], []]);
    expect(nested).toEqual([[[], [w, w], []]]);
  });

  test('a fileno() that throws ends the call, and the next one is not disturbed', () => {
    const [, w] = openPipe();
    const failure = new Error('mine');
    const object = {
      fileno: () => {
        throw failure;
      },
    };
    expect(() => select([w], [w, object], [], 0)).toThrow(failure);
    expect(select([], [w], [], 0)).toEqual([[], [w], []]);
  });

  test.each([
    ['x'],
    [null],
    [undefined],
    [1.5],
    [-1],
    [2 ** 31],
    [1n],
    [true],
    [{}],
    [{ fileno: 3 }],
  ])('an item %s is an error that says what it is', (item) => {
    const result = outcome(() => call([item], [], [], 0));
    expect(result).toEqual(typeof item === 'number' ? rangeError : typeError);
  });
});

describe('a closed fd is EBADF', () => {
  /** In each of the lists, beside one that is ready (opening another would take the number). */
  function expectEbadf(fd: number): void {
    const ebadf = expect.objectContaining({ type: 'OSError', code: 'EBADF' });
    expect(outcome(() => select([fd], [], [], 5))).toEqual(ebadf);
    expect(outcome(() => select([], [fd], [], 5))).toEqual(ebadf);
    expect(outcome(() => select([], [2], [fd], 5))).toEqual(ebadf);
  }

  test('below the size of the fd table', () => {
    const [r, w] = openPipe();
    close(r);
    close(w);
    expectEbadf(r);
  });

  test.each([999, 1024, 100_000, 2 ** 31 - 1])('%i, beyond the table', (fd) => expectEbadf(fd));

  test('beyond the table at first, then below it, then open', () => {
    const size = Number(/FDSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    const [, w] = openPipe();
    expectEbadf(size + 10);
    const high = openAt(w, size + 20);
    expectEbadf(size + 10);
    expect(select([], [high], [], 0)).toEqual([[], [high], []]);
    close(high);
    expectEbadf(high);
  });

  test('also if the list is the same as in the previous call', () => {
    const [r, w] = openPipe();
    const list = [w];
    expect(select([], list, [], 0)).toEqual([[], [w], []]);
    close(w);
    close(r);
    expectEbadf(w);
    expectEbadf(w);
  });

  test('the error has code, errno and syscall', () => {
    let error: unknown;
    try {
      select([999], [], []);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(OSError);
    expect(error).toMatchObject({
      code: 'EBADF',
      errno: -9,
      syscall: 'select',
      message: 'EBADF: bad file descriptor, select',
    });
  });
});

describe('fds of 1024 and more', () => {
  for (const number of [1023, 1024, 1025, 4095, 15_000]) {
    testHighFds(`${number} works`, () => {
      const [r, w] = openPipe();
      const [highR, highW] = [openAt(r, number), openAt(w, number + 1)];
      expect(select([r, highR], [highW, w], [highR], 0)).toEqual([[], [highW, w], []]);
      write(w, 'x');
      expect(select([r, highR], [highW], [highR], 0)).toEqual([[r, highR], [highW], []]);
    });
  }
});

/** Whether the fd is in each of the three answers, as 0 and 1. */
function counts(fd: number | Socket, timeout = 0): number[] {
  return select([fd], [fd], [fd], timeout).map((list) => list.length);
}

describe('readiness (Linux)', () => {
  test('a regular file: read and write always, also where it is open for reading only', () => {
    expect(counts(openFile('/etc/passwd'))).toEqual([1, 1, 0]);
  });

  test.each(['/', '/dev/null'])('%s: read and write always', (path) => {
    expect(counts(openFile(path))).toEqual([1, 1, 0]);
  });

  test('a pipe: the writer; with data the reader; at the end of file the reader', () => {
    const [r, w] = openPipe();
    expect([counts(r), counts(w)]).toEqual([
      [0, 0, 0],
      [0, 1, 0],
    ]);
    write(w, 'x');
    expect(counts(r)).toEqual([1, 0, 0]);
    close(w);
    expect(counts(r)).toEqual([1, 0, 0]);
  });

  test('a pipe without reader: read and write', () => {
    const [r, w] = openPipe();
    close(r);
    expect(counts(w)).toEqual([1, 1, 0]);
  });

  test('an unconnected TCP socket: read and write', () => {
    expect(counts(closing(socket()))).toEqual([1, 1, 0]);
  });

  test('a refused connect: read and write, never exceptional', () => {
    const client = openRefused();
    expect(select([client], [], [], 5)[0]).toEqual([client]);
    expect(counts(client)).toEqual([1, 1, 0]);
  });

  test('after RST: read and write', () => {
    const [client, server] = openTcp();
    reset(client);
    expect(counts(server, 5)).toEqual([1, 1, 0]);
  });

  test('a Unix socket whose peer is closed: read and write', () => {
    const [a, b] = openPair();
    b.close();
    expect(counts(a)).toEqual([1, 1, 0]);
  });

  test('a TCP connection after shutdown: read and write', () => {
    const [client] = openTcp();
    client.shutdown(SHUT_RDWR);
    expect(counts(client)).toEqual([1, 1, 0]);
  });

  test('out-of-band data: exceptional; with normal data also read', () => {
    const [client, server] = openTcp();
    client.send(Buffer.from('!'), MSG_OOB);
    expect(select([], [], [server], 5)).toEqual([[], [], [server]]);
    expect(counts(server)).toEqual([0, 1, 1]);
    client.send(Buffer.from('normal'));
    expect(select([server], [], [], 5)[0]).toEqual([server]);
    expect(counts(server)).toEqual([1, 1, 1]);
    expect(server.recv(1, MSG_OOB).toString()).toBe('!');
  });
});

test('CPython test_select: a child writes several times, then its end of file is readable', async () => {
  const script = 'for i in 0 1 2 3 4 5 6 7 8 9; do echo testing...; sleep 0.02; done';
  const [r, w] = openPipe();
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', w, 'inherit'] });
  const closed = once(child, 'close');
  close(w);
  const received: string[] = [];
  for (const timeout of [
    0,
    0.01,
    0.02,
    null,
    undefined,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
    null,
  ]) {
    const [ready] = select([r], [], [], timeout);
    if (ready.length === 0) continue;
    const bytes = read(r, 64);
    if (bytes.length === 0) break;
    received.push(String(bytes));
  }
  expect(received.join('')).toBe('testing...\n'.repeat(10));
  await closed;
});
