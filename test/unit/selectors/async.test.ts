/** selectAsync() of every selector. Readiness itself is in selectors.test.ts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FileDescriptorLike } from 'fdselect';
import { dup, read, write } from 'fdselect/os';
import { EVENT_READ, EVENT_WRITE, type PollSelector, type Ready } from 'fdselect/selectors';
import { describe, expect, test } from 'vitest';
import { shown } from '../../support/runtime.ts';
import { close, closing, openAt, openFile, openPair, openPipe } from '../../support/sandbox.ts';
import { scriptFile } from '../../support/script.ts';
import {
  CLASSES,
  openSelector,
  type Selector,
  type SelectorClass,
} from '../../support/selectors.ts';
import { osError, rangeError, thrown, typeError } from '../../support/thrown.ts';
import '../../support/waiter.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const R = EVENT_READ;
const W = EVENT_WRITE;
const RW = EVENT_READ | EVENT_WRITE;

const closedError = expect.objectContaining({ name: 'Error', code: 'ERR_CLOSED' });
const concurrentPollError = expect.objectContaining({
  name: 'Error',
  code: 'ERR_CONCURRENT_POLL',
});

/** What a promise is rejected with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it was fulfilled with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Whether a promise is pending still after some turns of the event loop. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let i = 0; i < 5; i++) await nextTurn();
  return !isSettled;
}

/** That a selector waits and answers as a new one does. */
async function expectUsable(selector: Selector): Promise<void> {
  const [r, w] = openPipe();
  const key = selector.register(r, R);
  const answer = selector.selectAsync();
  expect(await isPending(answer)).toBe(true);
  write(w, 'x');
  expect(await answer).toEqual([[key, R]]);
  expect(selector.select(0)).toEqual([[key, R]]);
  selector.unregister(r);
  expect(await selector.selectAsync(0)).toEqual([]);
}

/** Runs `calls` as a script of its own, in which `selector`, `r` and `w` are there. */
async function run(name: string, calls: string): Promise<unknown> {
  const script = `
    import { ${name} } from 'fdselect/selectors';
    import { pipe, write } from 'fdselect/os';
    const selector = new ${name}();
    const [r, w] = pipe();
    selector.register(r, 1);
    process.on('exit', () => console.log('exit'));
    ${calls}
  `;
  const child = spawn(process.execPath, [scriptFile(script)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    output += data;
  });
  const [code] = await once(child, 'close');
  return [output, code];
}

describe.each(CLASSES)('$name', ({ name, Class, call }) => {
  const open = <Data = unknown>() => openSelector<Data>(Class);

  describe('the answer', () => {
    const makers: [string, () => FileDescriptorLike][] = [
      ['a writer', () => openPipe()[1]],
      [
        'a reader with data',
        () => {
          const [r, w] = openPipe();
          write(w, 'x');
          return r;
        },
      ],
      [
        'a reader without writer',
        () => {
          const [r, w] = openPipe();
          close(w);
          return r;
        },
      ],
      [
        'a writer without reader',
        () => {
          const [r, w] = openPipe();
          close(r);
          return w;
        },
      ],
      [
        'a socket with data',
        () => {
          const [a, b] = openPair();
          b.send(Buffer.from('x'));
          return a;
        },
      ],
      [
        'a socket whose peer is gone',
        () => {
          const [a, b] = openPair();
          b.close();
          return a;
        },
      ],
    ];
    test.each(makers)('is that of select() at once: %s', async (_, make) => {
      for (const events of [R, W, RW]) {
        const selector = open();
        const key = selector.register(make(), events);
        const expected = selector.select(0);
        for (const timeout of expected.length > 0 ? [undefined, null, Infinity, 0, 5, -1] : [0]) {
          const answer = await selector.selectAsync(timeout);
          expect(answer).toEqual(expected);
          expect(answer.every(([other]) => other === key)).toBe(true);
        }
      }
    });

    test('comes each time when data comes', async () => {
      const selector = open<string>();
      const [a, b] = openPair();
      const key = selector.register(a, R, 'data');
      for (let i = 0; i < 20; i++) {
        const answer = selector.selectAsync();
        if (i % 2 === 0) await nextTurn();
        b.send(Buffer.from('x'));
        const ready = await answer;
        expect(ready).toEqual([[key, R]]);
        expect(ready[0]?.[0]).toBe(key);
        expect(selector.select(0)).toEqual(ready);
        a.recv(1);
        expect(selector.select(0)).toEqual([]);
      }
    });

    test('comes when there is room to write', async () => {
      const selector = open();
      const [r, w] = openPipe();
      write(w, Buffer.alloc(65536));
      const key = selector.register(w, W);
      const answer = selector.selectAsync();
      expect(await isPending(answer)).toBe(true);
      read(r, 65536);
      expect(await answer).toEqual([[key, W]]);
    });

    test('comes when the writer hangs up, and when the reader does', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const reader = selector.register(r, R);
      const hangUp = selector.selectAsync();
      await nextTurn();
      close(w);
      expect(await hangUp).toEqual([[reader, R]]);
      selector.unregister(r);
      const [r2, w2] = openPipe();
      write(w2, Buffer.alloc(65536));
      const writer = selector.register(w2, W);
      const broken = selector.selectAsync();
      await nextTurn();
      close(r2);
      expect(await broken).toEqual([[writer, W]]);
    });

    test('has everything that is ready at the same time', async () => {
      const selector = open();
      const pipes = Array.from({ length: 30 }, openPipe);
      const keys = pipes.map(([r]) => selector.register(r, R));
      const answer = selector.selectAsync();
      await nextTurn();
      for (const [, w] of pipes) write(w, 'x');
      expect(new Map(await answer)).toEqual(new Map(keys.map((key) => [key, R])));
    });

    test('timers and promises run meanwhile', async () => {
      const selector = open();
      const [r, w] = openPipe();
      selector.register(r, R);
      const answer = selector.selectAsync();
      const seen: string[] = [];
      const answered = answer.then(() => seen.push('answer'));
      await nextTurn();
      seen.push('turn');
      setTimeout(() => {
        seen.push('timer');
        write(w, 'x');
      }, 5);
      await answered;
      expect(seen).toEqual(['turn', 'timer', 'answer']);
    });

    test('a registered file that is closed: EBADF, ready, or nothing', async () => {
      const selector = open();
      const [r] = openPipe();
      const key = selector.register(r, R);
      close(r);
      const answer = selector.selectAsync(0.02);
      if (call === 'select') {
        expect(await rejection(answer)).toEqual(osError('EBADF', 'select'));
      } else {
        expect(await answer).toEqual(call === 'poll' ? [[key, R]] : []);
      }
      selector.unregister(r);
      await expectUsable(selector);
    });

    test.skipIf(call === 'epoll')('a regular file is ready', async () => {
      const selector = open();
      const key = selector.register(openFile('/etc/passwd'), RW);
      expect(await selector.selectAsync()).toEqual([[key, RW]]);
    });
  });

  describe('while it is pending', () => {
    test('newly registered fds are watched: ready already, and later', async () => {
      const selector = open();
      const [[r1], [r2, w2]] = [openPipe(), openPipe()];
      selector.register(r1, R);
      const first = selector.selectAsync();
      await nextTurn();
      const writer = selector.register(w2, W);
      expect(await first).toEqual([[writer, W]]);
      selector.unregister(w2);
      const second = selector.selectAsync();
      await nextTurn();
      const reader = selector.register(r2, R);
      expect(await isPending(second)).toBe(true);
      write(w2, 'x');
      expect(await second).toEqual([[reader, R]]);
    });

    test('the first file of a selector that has none', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const answer = selector.selectAsync();
      expect(await isPending(answer)).toBe(true);
      const key = selector.register(r, R);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test('modified fds are watched for the new events', async () => {
      const selector = open();
      const [a, b] = openPair();
      selector.register(a, R);
      const first = selector.selectAsync();
      await nextTurn();
      const writer = selector.modify(a, W);
      expect(await first).toEqual([[writer, W]]);
      const [r, w] = openPipe();
      selector.unregister(a);
      selector.register(r, W);
      const second = selector.selectAsync();
      await nextTurn();
      write(w, 'x');
      expect(await isPending(second)).toBe(true);
      const reader = selector.modify(r, R);
      expect(await second).toEqual([[reader, R]]);
      expect(b.fileno()).toBeGreaterThan(0);
    });

    test('events that were unregistered do not end the wait', async () => {
      const selector = open();
      const [[r1, w1], [r2, w2]] = [openPipe(), openPipe()];
      selector.register(r1, R);
      const other = selector.register(r2, R);
      const answer = selector.selectAsync();
      await nextTurn();
      selector.modify(r1, W);
      write(w1, 'x');
      expect(await isPending(answer)).toBe(true);
      write(w2, 'x');
      expect(await answer).toEqual([[other, R]]);
    });

    test('other data: the answer has the new key', async () => {
      const selector = open<string>();
      const [r, w] = openPipe();
      selector.register(r, R, 'old');
      const answer = selector.selectAsync();
      await nextTurn();
      const key = selector.modify(r, R, 'new');
      write(w, 'x');
      const [[found]] = (await answer) as [Ready<string>];
      expect(found).toBe(key);
      expect(found.data).toBe('new');
    });

    test('unregistered fds are not watched any more', async () => {
      const selector = open();
      const [[r1, w1], [r2, w2]] = [openPipe(), openPipe()];
      selector.register(r1, R);
      const other = selector.register(r2, R);
      const answer = selector.selectAsync();
      await nextTurn();
      selector.unregister(r1);
      write(w1, 'x');
      expect(await isPending(answer)).toBe(true);
      write(w2, 'x');
      expect(await answer).toEqual([[other, R]]);
    });

    test('an unregistered fd wakes no wait', async () => {
      const selector = closing(new (counting(Class))());
      const [[r1, w1], [r2, w2]] = [openPipe(), openPipe()];
      selector.register(r1, R);
      const other = selector.register(r2, R);
      const answer = selector.selectAsync();
      await nextTurn();
      selector.unregister(r1);
      write(w1, 'x');
      await isPending(answer);
      expect(selector.calls).toBe(1);
      write(w2, 'x');
      expect(await answer).toEqual([[other, R]]);
      expect(selector.calls).toBe(2);
    });

    test('an unregistered and closed socket is really closed: its peer sees the end of file', async () => {
      const [selector, peer] = [open(), open()];
      const [[a, b], [r, w]] = [openPair(), openPipe()];
      selector.register(a, R);
      const key = selector.register(r, R);
      const answer = selector.selectAsync();
      peer.register(b, R);
      const end = peer.selectAsync();
      await nextTurn();
      selector.unregister(a);
      a.close();
      expect((await end)[0]?.[1]).toBe(R);
      expect(b.recv(1).length).toBe(0);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test('everything is unregistered, also between the event and its answer', async () => {
      const selector = open();
      const [r, w] = openPipe();
      selector.register(r, R);
      const answer = selector.selectAsync();
      await nextTurn();
      write(w, 'x');
      selector.unregister(r);
      expect(await isPending(answer)).toBe(true);
      const key = selector.register(r, R);
      expect(await answer).toEqual([[key, R]]);
    });

    test('unregistered, closed, and the number given to another file', async () => {
      const selector = open();
      const [[r1], [r2, w2]] = [openPipe(), openPipe()];
      selector.register(r1, R);
      const answer = selector.selectAsync();
      await nextTurn();
      selector.unregister(r1);
      close(r1);
      openAt(r2, r1);
      const key = selector.register(r1, R);
      expect(await isPending(answer)).toBe(true);
      write(w2, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test('closed before it is unregistered, and the number given to another file', async () => {
      const selector = open();
      const [[r1], [r2, w2]] = [openPipe(), openPipe()];
      selector.register(r1, R);
      const answer = selector.selectAsync();
      await nextTurn();
      close(r1);
      selector.unregister(r1);
      openAt(r2, r1);
      const key = selector.register(r1, R);
      expect(await isPending(answer)).toBe(true);
      write(w2, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test('a file that is closed meanwhile, when another one is ready', async () => {
      const selector = open();
      const [[r1], [r2, w2]] = [openPipe(), openPipe()];
      const gone = selector.register(r1, R);
      const key = selector.register(r2, R);
      const answer = selector.selectAsync();
      await nextTurn();
      close(r1);
      write(w2, 'x');
      if (call === 'select') {
        expect(await rejection(answer)).toEqual(osError('EBADF', 'select'));
      } else {
        const both = [
          [gone, R],
          [key, R],
        ];
        expect(await answer).toEqual(call === 'poll' ? both : [[key, R]]);
      }
      expect(selector.unregister(r1)).toBe(gone);
      expect(await selector.selectAsync()).toEqual([[key, R]]);
    });

    test('a socket that is closed meanwhile is unregistered by itself', async () => {
      const selector = open();
      const [[a, b], [r, w]] = [openPair(), openPipe()];
      selector.register(a, R);
      const key = selector.register(r, R);
      const answer = selector.selectAsync();
      await nextTurn();
      b.send(Buffer.from('x'));
      a.close();
      expect(selector.unregister(a).fileobj).toBe(a);
      expect(await isPending(answer)).toBe(true);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test('a failed register or modify leaves it as it is', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const key = selector.register(r, R);
      const answer = selector.selectAsync();
      expect(thrown(() => selector.register(r, W))).toMatchObject({ name: 'KeyError' });
      expect(thrown(() => selector.register(w, 7))).toEqual(rangeError);
      expect(thrown(() => selector.modify(r, 7))).toEqual(rangeError);
      expect(await isPending(answer)).toBe(true);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test('a second selectAsync is ERR_CONCURRENT_POLL; the first one goes on', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const key = selector.register(r, R);
      const answer = selector.selectAsync();
      for (const timeout of [undefined, 0, 5]) {
        expect(await rejection(selector.selectAsync(timeout))).toEqual(concurrentPollError);
      }
      expect(await isPending(answer)).toBe(true);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
      await selector.selectAsync();
    });

    test('select() is ERR_CONCURRENT_POLL, and allowed with epoll, as in the kernel', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const key = selector.register(r, R);
      const answer = selector.selectAsync();
      if (call === 'epoll') expect(selector.select(0)).toEqual([]);
      else expect(thrown(() => selector.select(0))).toEqual(concurrentPollError);
      write(w, 'x');
      if (call === 'epoll') expect(selector.select(0)).toEqual([[key, R]]);
      expect(await answer).toEqual([[key, R]]);
      expect(selector.select(0)).toEqual([[key, R]]);
    });

    test('close() rejects it, and all later calls, with ERR_CLOSED', async () => {
      const selector = open();
      const [r, w] = openPipe();
      selector.register(r, R);
      const answer = rejection(selector.selectAsync());
      await nextTurn();
      selector.close();
      write(w, 'x');
      expect(await answer).toEqual(closedError);
      expect(await rejection(selector.selectAsync(0))).toEqual(closedError);
      expect(await rejection(selector.selectAsync())).toEqual(closedError);
      expect(selector.getMap()).toBeNull();
    });

    test('close() in the same turn as the event', async () => {
      const selector = open();
      const [r, w] = openPipe();
      selector.register(r, R);
      const answer = rejection(selector.selectAsync());
      await nextTurn();
      write(w, 'x');
      selector.close();
      expect(await answer).toEqual(closedError);
    });
  });

  describe('an AbortSignal', () => {
    test('that is aborted already rejects, also where something is ready', async () => {
      const selector = open();
      selector.register(openPipe()[1], W);
      const signal = AbortSignal.abort();
      expect(await rejection(selector.selectAsync(0, { signal }))).toBe(signal.reason);
      expect(signal.reason).toMatchObject({ name: 'AbortError' });
      const reason = { why: 'no time' };
      const other = AbortSignal.abort(reason);
      expect(await rejection(selector.selectAsync(null, { signal: other }))).toBe(reason);
    });

    test('that is aborted meanwhile rejects with its reason; the selector is usable', async () => {
      const selector = open();
      const [r] = openPipe();
      selector.register(r, R);
      const controller = new AbortController();
      const answer = selector.selectAsync(null, controller);
      expect(await isPending(answer)).toBe(true);
      const reason = new Error('enough');
      controller.abort(reason);
      expect(await rejection(answer)).toBe(reason);
      selector.unregister(r);
      await expectUsable(selector);
    });

    test('that is aborted in the same turn as the event', async () => {
      const selector = open();
      const [r, w] = openPipe();
      selector.register(r, R);
      const controller = new AbortController();
      const answer = selector.selectAsync(null, controller);
      await nextTurn();
      write(w, 'x');
      controller.abort();
      expect(await rejection(answer)).toMatchObject({ name: 'AbortError' });
      expect((await selector.selectAsync()).length).toBe(1);
    });

    test('that is aborted afterwards does nothing, to this wait and the next one', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const key = selector.register(r, R);
      const controller = new AbortController();
      const answer = selector.selectAsync(5, controller);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
      read(r, 1);
      const next = selector.selectAsync();
      controller.abort();
      expect(await isPending(next)).toBe(true);
      write(w, 'x');
      expect(await next).toEqual([[key, R]]);
    });

    test('one for many waits', async () => {
      const controller = new AbortController();
      const waits = Array.from({ length: 20 }, () => {
        const selector = open();
        selector.register(openPipe()[0], R);
        return rejection(selector.selectAsync(null, controller));
      });
      await nextTurn();
      controller.abort('all');
      expect(await Promise.all(waits)).toEqual(new Array(20).fill('all'));
    });
  });

  describe('the timeout, in seconds', () => {
    test.each([0, -0, -0.0001, -1, -Infinity])('%s does not wait', async (timeout) => {
      const selector = open();
      selector.register(openPipe()[0], R);
      for (const idle of [selector, open()]) {
        let answer: unknown;
        idle.selectAsync(timeout).then((ready) => {
          answer = ready;
        });
        // Not even for a turn of the event loop.
        for (let i = 0; i < 10; i++) await undefined;
        expect(answer).toEqual([]);
      }
    });

    test.each([1e-9, 0.0001, 0.0101, 0.03])('%s is never early', async (timeout) => {
      const idle = open();
      idle.register(openPipe()[0], R);
      for (const selector of [idle, open()]) {
        const start = performance.now();
        expect(await selector.selectAsync(timeout)).toEqual([]);
        expect(performance.now() - start).toBeGreaterThanOrEqual(timeout * 1000);
        await expectUsable(selector === idle ? open() : selector);
      }
    });

    test.each([undefined, null, Infinity, 60, 2147483])('%s waits', async (timeout) => {
      const selector = open();
      const [r, w] = openPipe();
      const key = selector.register(r, R);
      const answer = selector.selectAsync(timeout);
      expect(await isPending(answer)).toBe(true);
      write(w, 'x');
      expect(await answer).toEqual([[key, R]]);
    });

    test.each([Number.NaN, 1e10])('%s rejects with a RangeError that names it', async (timeout) => {
      for (const fd of [openPipe()[0], openPipe()[1]]) {
        const selector = open();
        selector.register(fd, RW);
        const error = await rejection(selector.selectAsync(timeout, { signal: limit() }));
        expect(error).toEqual(rangeError);
        expect(error).toMatchObject({
          message: expect.stringMatching(new RegExp(`^timeout .*received ${timeout}$`)),
        });
      }
    });

    test.each(shown(['1', [], true, 1n, {}]))('%s rejects with a TypeError', async (_, timeout) => {
      const selector = open();
      selector.register(openPipe()[1], W);
      const error = await rejection(selector.selectAsync(timeout as unknown as number));
      expect(error).toEqual(typeError);
      expect(error).toMatchObject({ message: expect.stringMatching(/^timeout .*received/) });
    });
  });

  describe('async iteration', () => {
    test('gives an answer each time; break leaves the selector usable', async () => {
      const selector = open();
      const [r, w] = openPipe();
      const key = selector.register(r, R);
      let received = '';
      write(w, '0');
      for await (const ready of selector) {
        expect(ready).toEqual([[key, R]]);
        received += read(r, 1);
        if (received.length === 5) break;
        setImmediate(() => write(w, `${received.length}`));
      }
      expect(received).toBe('01234');
      selector.unregister(r);
      await expectUsable(selector);
    });

    test('ends with the error of the wait', async () => {
      const selector = open();
      selector.register(openPipe()[0], R);
      setImmediate(() => selector.close());
      const iterate = async () => {
        for await (const ready of selector) throw new Error(`${ready.length} are ready`);
      };
      expect(await rejection(iterate())).toEqual(closedError);
    });
  });

  test('200 selectors wait at once, and each gets its own answer', async () => {
    const waits = Array.from({ length: 200 }, (_, i) => {
      const selector = open<number>();
      const [r, w] = openPipe();
      const key = selector.register(r, R, i);
      return { w, key, answer: selector.selectAsync(), selector, r };
    });
    await nextTurn();
    // From both ends to the middle, and some of them in one turn.
    for (let i = 0; i < 100; i++) {
      for (const { w, key, answer } of [waits[i], waits[199 - i]] as typeof waits) {
        write(w, 'x');
        if (i % 10 === 0) expect(await answer).toEqual([[key, R]]);
      }
    }
    for (const { key, answer, r, selector } of waits) {
      expect(await answer).toEqual([[key, R]]);
      read(r, 1);
      expect(selector.select(0)).toEqual([]);
    }
  });

  test('selectors of one file, with different events', async () => {
    const [a, b] = openPair();
    a.setblocking(false);
    const chunk = Buffer.alloc(65536);
    const fill = () => {
      while (a.trySend(chunk) !== null);
    };
    fill();
    const [reader, writer, both] = [open(), open(), open()];
    reader.register(a, R);
    writer.register(a, W);
    both.register(a, RW);
    const [forData, forRoom, forEither] = [reader, writer, both].map((s) => s.selectAsync());
    await nextTurn();
    b.send(Buffer.from('x'));
    expect((await forData)?.[0]?.[1]).toBe(R);
    expect((await forEither)?.[0]?.[1]).toBe(R);
    expect(await isPending(forRoom as Promise<unknown>)).toBe(true);
    b.setblocking(false);
    while (b.tryRecvInto(chunk) !== null);
    expect((await forRoom)?.[0]?.[1]).toBe(W);
  });

  test('an event that was not registered does not make it spin', async () => {
    const selector = closing(new (counting(Class))());
    const [r, w] = openPipe();
    close(w);
    const key = selector.register(r, W); // a hang-up: select does not count it for writing
    expect(await selector.selectAsync(0.1)).toEqual(call === 'select' ? [] : [[key, W]]);
    expect(selector.calls).toBeLessThan(10);
  });

  test('a closed file with an open duplicate does not make it spin', async () => {
    const selector = closing(new (counting(Class))());
    const w = openPipe()[1];
    closing(dup(w));
    selector.register(w, W);
    close(w);
    selector.unregister(w);
    const start = performance.now();
    expect(await selector.selectAsync(0.1)).toEqual([]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(100);
    expect(selector.calls).toBeLessThan(10);
    // What is registered afterwards is seen all the same.
    const answer = selector.selectAsync();
    await nextTurn();
    const key = selector.register(openPipe()[1], W);
    expect(await answer).toEqual([[key, W]]);
    // And also where other waits never leave the waiter idle.
    selector.unregister(key.fd);
    const [r, w2] = openPipe();
    selector.register(r, R);
    const other = open();
    const [r2, w3] = openPipe();
    other.register(r2, R);
    let isAnswered = false;
    const next = selector.selectAsync().then((ready) => {
      isAnswered = true;
      return ready;
    });
    for (let i = 0; !isAnswered; i++) {
      const ready = other.selectAsync();
      setImmediate(() => write(w3, 'x'));
      await ready;
      read(r2, 1);
      if (i === 100) write(w2, 'x');
    }
    expect((await next).map(([{ fd }]) => fd)).toEqual([r]);
  });

  test('a pending wait keeps the process alive; a finished or aborted one does not', async () => {
    const answer = run(
      name,
      `
        setTimeout(() => write(w, 'x'), 50).unref();
        const ready = await selector.selectAsync();
        console.log(ready.length, ready[0][1]);
        selector.unregister(r);
        const controller = new AbortController();
        selector.selectAsync(null, controller).catch(({ name }) => console.log(name));
        controller.abort();
      `,
    );
    expect(await answer).toEqual(['1 1\nAbortError\nexit\n', 0]);
  });

  test('process.exit() in the middle of a wait', async () => {
    const answer = run(name, `selector.selectAsync(); setImmediate(() => process.exit(7));`);
    expect(await answer).toEqual(['exit\n', 7]);
  });
});

/** A class that counts its real calls. */
function counting(Class: SelectorClass) {
  return class extends (Class as typeof PollSelector) {
    calls = 0;

    protected override wait(seconds: number | null): Ready<unknown>[] {
      this.calls++;
      return super.wait(seconds);
    }
  };
}

/** Ends a wait that should have been refused. */
function limit(): AbortSignal {
  return AbortSignal.timeout(1000);
}
