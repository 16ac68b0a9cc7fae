/** EventLoop: watch, once, and watches of closed files. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLoop } from 'fdselect/loop';
import { dup2, pipe, read, write } from 'fdselect/os';
import { EpollSelector, EVENT_READ, PollSelector, SelectSelector } from 'fdselect/selectors';
import { MSG_OOB } from 'fdselect/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LOOPS } from '../support/loops.ts';
import { close, closing, openFile, openPair, openPipe, openTcp } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

/** Collects what a loop reports. */
function collector() {
  const errors: [where: string, error: unknown][] = [];
  return { errors, onError: (error: unknown, where: string) => errors.push([where, error]) };
}

/** A regular file with some bytes. */
function someFile(): string {
  const path = join(tmpdir(), `fdselect-watch-${process.pid}-${Math.random()}`);
  writeFileSync(path, 'bytes');
  onTestFinished(() => rmSync(path));
  return path;
}

describe.each(LOOPS)('$name', ({ open, run, runUntil, turn, selector, isAsync }) => {
  test('a watch is called in every turn until it is cancelled', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const loop = open();
    const told: string[] = [];
    const watch = loop.watch(r, 'r', (event) => {
      told.push(event);
      if (told.length === 3) watch.cancel();
    });
    expect(watch.event).toBe('r');
    await run(loop);
    expect(told).toEqual(['r', 'r', 'r']);
  });

  test('a high number, and a low one again', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const high = closing(dup2(r, 5000));
    const loop = open();
    const told: number[] = [];
    const watches = [high, r].map((fd) => loop.watch(fd, 'r', () => told.push(fd)));
    await turn(loop);
    expect(told.sort((a, b) => a - b)).toEqual([r, 5000]);
    for (const watch of watches) watch.cancel();
    await run(loop); // nothing is left
    expect(told.length).toBe(2);
  });

  test('once() is called once, and its callback may call once() again', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const loop = open();
    const turns: number[] = [];
    let turnNumber = 0;
    loop.onPrepare(() => turnNumber++);
    const ask = () => {
      loop.once(r, 'r', () => {
        turns.push(turnNumber);
        if (turns.length < 3) ask();
      });
    };
    ask();
    await run(loop);
    expect(turns).toEqual([1, 2, 3]);
  });

  test('readable, writable, exceptional: x before r before w', async () => {
    const [client, server] = openTcp();
    client.send(Buffer.from('ab'));
    client.send(Buffer.from('!'), MSG_OOB);
    const loop = open();
    const told: string[] = [];
    for (const event of ['w', 'r', 'x'] as const) {
      loop.watch(server, event, (which) => told.push(which));
    }
    await runUntil(loop, () => told.includes('x') && told.includes('r'));
    const x = told.indexOf('x');
    expect(told.slice(x, x + 3)).toEqual(['x', 'r', 'w']);
  });

  test('watches of one event are called in the order in which they were made', async () => {
    const [a] = openPair();
    const loop = open();
    const told: number[] = [];
    const watches = [0, 1, 2, 3].map((i) => loop.watch(a, 'w', () => told.push(i)));
    watches[1]?.cancel();
    loop.watch(a, 'w', () => told.push(4));
    await turn(loop, 0);
    expect(told).toEqual([0, 2, 3, 4]);
  });

  test('a watch that another one of the same turn cancels is not called', async () => {
    const [a, b] = openPair();
    const loop = open();
    const told: string[] = [];
    const watches = [a, b].map((socket, i) =>
      loop.watch(socket, 'w', () => {
        told.push(String(i));
        watches[1 - i]?.cancel();
      }),
    );
    const second = loop.watch(a, 'w', () => told.push('second'));
    const first = loop.watch(b, 'w', () => {
      told.push('first');
      second.cancel();
    });
    await turn(loop, 0);
    await turn(loop, 0);
    // Only one of the two that cancel each other was called, whichever fd comes first.
    expect(told.filter((name) => name === '0' || name === '1')).toHaveLength(2);
    expect(new Set(told.filter((name) => name === '0' || name === '1')).size).toBe(1);
    expect(told.filter((name) => name === 'first')).toHaveLength(2);
    first.cancel();
  });

  test('a callback may cancel its own watch, the one before and the one after', async () => {
    const [a] = openPair();
    const loop = open();
    const told: number[] = [];
    const watches = [0, 1, 2, 3, 4].map((i) =>
      loop.watch(a, 'w', () => {
        told.push(i);
        if (i === 1) for (const j of [0, 1, 2, 3]) watches[j]?.cancel();
      }),
    );
    await turn(loop, 0);
    expect(told).toEqual([0, 1, 4]);
    await turn(loop, 0);
    expect(told).toEqual([0, 1, 4, 4]);
  });

  test('a watch that a callback makes is called from the next turn on', async () => {
    const [a, b] = openPair();
    const loop = open();
    const told: string[] = [];
    loop.once(a, 'w', () => {
      told.push('first');
      loop.once(a, 'w', () => told.push('same fd'));
      loop.once(b, 'w', () => told.push('other fd'));
    });
    loop.once(b, 'w', () => told.push('batch'));
    await turn(loop, 0);
    expect(told.sort()).toEqual(['batch', 'first']);
    await turn(loop, 0);
    expect(told.sort()).toEqual(['batch', 'first', 'other fd', 'same fd']);
  });

  test('unref: it does not keep the loop running; ref undoes that', async () => {
    const [r, w] = openPipe();
    const loop = open();
    const told: string[] = [];
    const watch = loop.watch(r, 'r', () => told.push('told')).unref();
    expect(watch.hasRef()).toBe(false);
    await run(loop); // returns at once
    write(w, 'x');
    loop.callLater(0.05, () => {});
    await runUntil(
      loop,
      () => told.length > 0,
      'the watch is called while something else keeps the loop running',
    );
    expect(watch.ref()).toBe(watch);
    expect(watch.hasRef()).toBe(true);
    loop.callSoon(() => watch.cancel());
    await run(loop);
    const other = loop.watch(r, 'r', () => other.cancel());
    watch.unref(); // is over: says nothing of the one that came after it
    watch.ref();
    const before = told.length;
    await run(loop);
    expect(told.length).toBe(before);
  });

  test('of two watches of one fd the one with a ref keeps the loop running', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const loop = open();
    let turns = 0;
    loop.watch(r, 'r', () => {}).unref();
    const watch = loop.watch(r, 'r', () => {
      if (++turns === 3) watch.cancel();
    });
    await run(loop);
    expect(turns).toBe(3);
  });

  test('objects with fileno() and fd are watched; bad arguments are named', () => {
    const [r] = openPipe();
    const loop = open();
    loop.watch({ fileno: () => r }, 'r', () => {}).cancel();
    loop.watch({ fd: r }, 'r', () => {}).cancel();
    const bad = (...args: unknown[]) =>
      thrown(() => loop.watch(...(args as Parameters<typeof loop.watch>)));
    expect(bad('7', 'r', () => {})).toEqual(typeError);
    expect(bad(-1, 'r', () => {})).toEqual(rangeError);
    expect(bad(r, 'rw', () => {})).toEqual(rangeError);
    expect(String(bad(r, 'rw', () => {}))).toContain("'rw'");
    expect(bad(r, 'r')).toEqual(typeError);
    expect(thrown(() => loop.once(r, 'r', null as never))).toEqual(typeError);
  });

  test('a closed fd is refused at once', () => {
    const [r] = openPipe();
    const loop = open();
    close(r);
    expect(thrown(() => loop.watch(r, 'r', () => {}))).toEqual(osError('EBADF'));
    expect(loop.runOnce()).toBeUndefined(); // nothing is left of it: it does not wait
  });

  test('a regular file is readable and writable at any time', async () => {
    const file = openFile(someFile());
    const loop = open();
    const bytes: string[] = [];
    const writing = loop.watch(file, 'w', () => {
      bytes.push('w');
      writing.cancel();
    });
    const reading = loop.watch(file, 'r', () => {
      const chunk = read(file, 2);
      bytes.push(String(chunk));
      if (chunk.length === 0) reading.cancel();
    });
    await run(loop);
    expect(bytes).toEqual(['by', 'w', 'te', 's', '']);
  });

  test('a regular file is never exceptional, and watching it so does not spin', async () => {
    const file = openFile(someFile());
    const loop = open();
    let turns = 0;
    loop.onPrepare(() => turns++);
    const watch = loop.watch(file, 'x', () => expect.unreachable());
    loop.callLater(0.1, () => watch.cancel());
    await run(loop);
    expect(turns).toBeLessThan(6);
  });

  test('a regular file that is closed without cancelling is lost', async () => {
    const { errors, onError } = collector();
    const file = openFile(someFile());
    const loop = open({ onError });
    loop.watch(file, 'r', () => {});
    await turn(loop, 0);
    close(file);
    await run(loop);
    expect(errors).toEqual([['watch', osError('EBADF')]]);
  });

  test.skipIf(selector === 'epoll')(
    'a closed fd is reported once, and the others go on [epoll(7) does not tell]',
    async () => {
      const { errors, onError } = collector();
      const [r, w] = openPipe();
      const [r2, w2] = openPipe();
      write(w2, 'x');
      const loop = open({ onError });
      loop.watch(r, 'r', () => expect.unreachable());
      loop.watch(r, 'w', () => expect.unreachable());
      let told = 0;
      const watch = loop.watch(r2, 'r', () => {
        if (++told === 3) watch.cancel();
      });
      close(r);
      await run(loop);
      expect(told).toBe(3);
      expect(errors).toEqual([['watch', osError('EBADF')]]);
      expect(String(errors[0]?.[1])).toContain(`fd ${r}`);
      close(w);
    },
  );

  test('an fd that was closed before its watches are cancelled, in whatever order', async () => {
    const [r, w] = openPipe();
    const loop = open();
    const watches = (['r', 'w', 'x'] as const).map((event) => loop.watch(r, event, () => {}));
    close(r);
    for (const watch of watches) watch.cancel();
    for (const watch of watches) watch.cancel();
    loop.callSoon(() => {});
    await run(loop);
    close(w);
  });

  test('two watches of a closed fd: one is cancelled, the other one is reported as lost', async () => {
    const { errors, onError } = collector();
    const [r] = openPipe();
    const loop = open({ onError });
    loop.watch(r, 'r', () => expect.unreachable());
    const other = loop.watch(r, 'w', () => {});
    close(r);
    other.cancel();
    await run(loop); // and nothing is left
    expect(errors).toEqual([['watch', osError('EBADF')]]);
  });

  test('the number of a closed object is used again: the old watch is never called', async () => {
    const { errors, onError } = collector();
    const loop = open({ onError });
    const [r, w] = pipe();
    const first = { fd: r as number | null };
    loop.watch(first as { fd: number }, 'r', () => expect.unreachable());
    const [next, w2] = openPipe();
    closing(w);
    first.fd = null;
    dup2(next, r); // closes r, and opens another file with its number
    closing(r);
    write(w2, 'new');
    const told: string[] = [];
    const watch = loop.watch(r, 'r', () => {
      told.push('new');
      watch.cancel();
    });
    await run(loop);
    expect(told).toEqual(['new']);
    expect(errors).toEqual([['watch', osError('EBADF')]]);
  });

  test('the number of a closed object is used again unnoticed: no call', async () => {
    const { errors, onError } = collector();
    const loop = open({ onError });
    const [r, w] = pipe();
    const first = { fd: r as number | null };
    let told = 0;
    loop.watch(first as { fd: number }, 'r', () => {
      told++;
      first.fd = null;
      dup2(next, r);
    });
    const [next, w2] = openPipe();
    closing(w);
    closing(r);
    write(w, 'old');
    write(w2, 'new');
    await turn(loop, 0);
    expect(told).toBe(1);
    await turn(loop, 0);
    await turn(loop, 0);
    expect(told).toBe(1);
    // With epoll the kernel has forgotten it silently.
    expect(errors).toEqual(selector === 'epoll' ? [] : [['watch', osError('EBADF')]]);
  });

  test.runIf(selector === 'epoll')(
    'epoll: a plain number that is used again reaches the new watch only',
    async () => {
      for (const events of [['r'], ['r', 'w']] as const) {
        const { errors, onError } = collector();
        const loop = open({ onError });
        const [r, w] = pipe();
        for (const event of events) loop.watch(r, event, () => expect.unreachable());
        const [next, w2] = openPipe();
        dup2(next, r);
        write(w2, 'new');
        const told: string[] = [];
        const watch = loop.watch(r, 'r', () => {
          told.push('new');
          watch.cancel();
        });
        await run(loop);
        expect(told).toEqual(['new']);
        expect(errors).toEqual([['watch', osError('EBADF')]]);
        close(closing(r));
        close(closing(w));
      }
    },
  );

  test('a second watch of the same event does not disturb the first', async () => {
    const [r, w] = openPipe();
    const loop = open();
    const told: string[] = [];
    const one = loop.watch(r, 'r', () => told.push('one'));
    const two = loop.watch(r, 'r', () => told.push('two'));
    write(w, 'x');
    await turn(loop, 1);
    one.cancel();
    await turn(loop, 1);
    two.cancel();
    expect(told).toEqual(['one', 'two', 'two']);
    await run(loop);
  });

  test.runIf(isAsync)('changes while runAsync waits take effect at once', async () => {
    const [r, w] = openPipe();
    const loop = open();
    let told = 0;
    const forever = loop.watch(r, 'r', () => told++);
    const running = loop.runAsync();
    await new Promise((resolve) => setImmediate(resolve));
    forever.cancel();
    await running; // nothing is left

    const idle = loop.watch(r, 'r', () => told++);
    const again = loop.runAsync();
    await new Promise((resolve) => setImmediate(resolve));
    const [a] = openPair();
    loop.once(a, 'w', () => idle.unref());
    await again;
    expect(told).toBe(0);
    close(w);
  });

  test('an error is reported, and all others are called', async () => {
    const { errors, onError } = collector();
    const [a, b] = openPair();
    const loop = open({ onError });
    const told: string[] = [];
    for (const socket of [a, b]) {
      loop.once(socket, 'w', () => {
        throw new Error('first');
      });
      loop.once(socket, 'w', () => told.push('second'));
    }
    await run(loop);
    expect(told).toEqual(['second', 'second']);
    expect(errors.map(([where, error]) => [where, (error as Error).message])).toEqual([
      ['watch', 'first'],
      ['watch', 'first'],
    ]);
  });
});

describe.each([
  ['select', SelectSelector],
  ['poll', PollSelector],
  ['epoll', EpollSelector],
])("a selector of the user's own: %s", (_name, Selector) => {
  test('a selector that was passed is used, and left open', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const selector = closing(new Selector());
    {
      using loop = new EventLoop({ selector });
      const told: string[] = [];
      loop.once(r, 'r', () => told.push('r'));
      expect(selector.getKey(r).events).toBe(EVENT_READ);
      loop.run();
      loop.once(r, 'r', () => told.push('async'));
      await loop.runAsync();
      expect(told).toEqual(['r', 'async']);
      loop.watch(r, 'r', () => {});
    }
    expect(selector.getMap()?.size).toBe(0);
    selector.register(r, EVENT_READ);
    expect(selector.select(0)).toHaveLength(1);
  });

  test("a selector that was passed does not support 'x'; the other watches of the fd stay", () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const selector = closing(new Selector());
    using loop = new EventLoop({ selector });
    let told = 0;
    loop.watch(r, 'r', () => told++);
    expect(thrown(() => loop.watch(r, 'x', () => {}))).toEqual(rangeError);
    loop.runOnce(0);
    expect(told).toBe(1);
  });

  test('a selector that was passed may be closed before the loop', () => {
    const [r] = openPipe();
    const selector = new Selector();
    const loop = new EventLoop({ selector });
    const watch = loop.watch(r, 'r', () => {});
    selector.close();
    watch.cancel();
    loop.close();
  });
});
