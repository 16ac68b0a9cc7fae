/** EventLoop: run, runAsync, single turns, stop, wake, errors, close. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, EventLoop, listen } from 'fdselect/loop';
import { write } from 'fdselect/os';
import { EpollSelector, PollSelector } from 'fdselect/selectors';
import { createConnection, createServer } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { codeOf, Log, meet } from '../support/loop-peers.ts';
import { LOOPS } from '../support/loops.ts';
import { closing, openPair, openPipe } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { run as runProcess } from '../support/server.ts';
import { rangeError, thrown, typeError } from '../support/thrown.ts';
import { InWorker } from '../support/worker.ts';

const isRunning: unknown = expect.objectContaining({ code: 'ERR_LOOP_RUNNING' });
const isClosed: unknown = expect.objectContaining({ code: 'ERR_CLOSED' });

/** What a promise is rejected with. */
async function rejected(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable(),
    (error) => error,
  );
}

function nextImmediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe.each(LOOPS)('$name', (mode) => {
  const { open, run, turn, isAsync, selector } = mode;

  test('with nothing to wait for it returns', async () => {
    const loop = open();
    await run(loop);
    await turn(loop);
    await turn(loop, null);
  });

  test('runOnce waits no longer than it may', async () => {
    const [r] = openPipe();
    const loop = open();
    loop.watch(r, 'r', () => expect.unreachable());
    const start = performance.now();
    await turn(loop, 0.05);
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
    await turn(loop, 0);
    await turn(loop, -1);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  test('runOnce ends at the first timer, whatever its limit', async () => {
    const loop = open();
    let called = 0;
    loop.callLater(0.02, () => called++);
    await turn(loop, 60);
    if (called === 0) await turn(loop, 60); // the clock of the wait is not the loop's
    expect(called).toBe(1);
  });

  test('runOnce with an invalid timeout', async () => {
    const loop = open();
    loop.callSoon(() => {});
    loop.callLater(1, () => {});
    for (const bad of [Number.NaN, '1', true, {}]) {
      const error = isAsync
        ? await rejected(loop.runOnceAsync(bad as number))
        : thrown(() => loop.runOnce(bad as number));
      expect(error).toEqual(typeof bad === 'number' ? rangeError : typeError);
    }
  });

  test('onPrepare is called before each wait, until it is undone', async () => {
    const loop = open();
    const calls: string[] = [];
    const undo = loop.onPrepare(() => calls.push('a'));
    const undoOther = loop.onPrepare(() => {
      calls.push('b');
      if (calls.length > 2) undo();
    });
    await turn(loop, 0);
    await turn(loop, 0);
    await turn(loop, 0);
    undoOther();
    undoOther();
    await turn(loop, 0);
    expect(calls).toEqual(['a', 'b', 'a', 'b', 'b']);
  });

  test('a function that is added twice to onPrepare is called twice', async () => {
    const loop = open();
    let calls = 0;
    const count = () => calls++;
    const undo = loop.onPrepare(count);
    loop.onPrepare(count);
    await turn(loop, 0);
    undo();
    await turn(loop, 0);
    expect(calls).toBe(3);
  });

  test('an onPrepare that another one removes is not called any more', async () => {
    const loop = open();
    loop.onPrepare(() => undo());
    const undo = loop.onPrepare(() => expect.unreachable());
    await turn(loop, 0);
  });

  test('additions and cancellations in onPrepare affect the next wait', async () => {
    const [r] = openPipe();
    const loop = open();
    const watch = loop.watch(r, 'r', () => expect.unreachable());
    let called = 0;
    const undo = loop.onPrepare(() => {
      undo();
      loop.callSoon(() => called++);
    });
    await turn(loop); // does not wait
    expect(called).toBe(1);
    loop.onPrepare(() => watch.cancel());
    await run(loop); // nothing is left
  });

  test('onPrepare may stop, close and throw', async () => {
    const [r] = openPipe();
    const errors: unknown[] = [];
    const loop = open({ onError: (error, where) => errors.push(where, error) });
    loop.watch(r, 'r', () => expect.unreachable());
    const undo = loop.onPrepare(() => {
      throw 'thrown';
    });
    loop.onPrepare(() => loop.stop());
    await run(loop);
    undo();
    expect(errors).toEqual(['onPrepare', 'thrown']);
    loop.onPrepare(() => loop.close());
    await run(loop);
  });

  test('stop in a callback: the turn is completed, and no other one begins', async () => {
    const [a, b] = openPair();
    const loop = open();
    const told: string[] = [];
    for (const socket of [a, b]) {
      loop.watch(socket, 'w', () => {
        told.push('watch');
        loop.stop();
        loop.stop();
      });
    }
    loop.callLater(0, () => told.push('later'));
    loop.callSoon(() => {
      told.push('soon');
      loop.callSoon(() => told.push('next turn'));
    });
    await run(loop);
    expect(told).toEqual(['watch', 'watch', 'later', 'soon']);
    await turn(loop, 0); // it can go on
    expect(told.slice(4)).toEqual(['watch', 'watch', 'next turn']);
  });

  test('stop before run has no effect; after a stop the loop can run again', async () => {
    const loop = open();
    loop.stop();
    const calls: number[] = [];
    for (const i of [1, 2, 3]) {
      const endless = () => {
        calls.push(i);
        loop.stop();
        loop.callSoon(endless);
      };
      if (i === 1) loop.callSoon(endless);
      await run(loop);
    }
    expect(calls).toEqual([1, 1, 1]);
  });

  test('after a stop the next turn waits', async () => {
    const [r] = openPipe();
    const loop = open();
    loop.watch(r, 'r', () => expect.unreachable());
    loop.callSoon(() => loop.stop());
    await run(loop);
    const start = performance.now();
    await turn(loop, 0.03);
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  });

  test('stop from another thread, with a wake', async () => {
    const [r] = openPipe();
    const loop = open();
    loop.watch(r, 'r', () => expect.unreachable());
    const flag = new Int32Array(new SharedArrayBuffer(4));
    loop.onPrepare(() => {
      if (Atomics.load(flag, 0) === 1) loop.stop();
    });
    await using worker = await InWorker.start(
      ({ flag, wakeFd }, { Waker }) => {
        const waker = Waker.fromfd(wakeFd);
        Atomics.store(flag, 0, 1);
        waker.wake();
        waker.close();
      },
      { flag, wakeFd: loop.wakeFd },
    );
    await run(loop);
    await worker.result;
  });

  test('wake() ends one wait, even if it was called several times', async () => {
    const [r] = openPipe();
    const loop = open();
    loop.watch(r, 'r', () => expect.unreachable());
    for (let i = 0; i < 10; i++) loop.wake();
    await turn(loop, 60);
    const start = performance.now();
    await turn(loop, 0.03);
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  });

  test('callFromThread: in their order, within the next turn', async () => {
    const loop = open();
    const calls: number[] = [];
    loop.callSoon(() => calls.push(0));
    for (const i of [1, 2, 3]) loop.callFromThread((n: number) => calls.push(n), i);
    await turn(loop);
    expect(calls).toEqual([0, 1, 2, 3]);
  });

  test.runIf(isAsync)('changes from outside end the wait', async () => {
    const [r, w] = openPipe();
    const loop = open();
    loop.watch(r, 'r', () => loop.stop());
    const calls: string[] = [];
    const running = loop.runAsync();
    await nextImmediate();
    loop.callSoon(() => calls.push('soon'));
    while (calls.length < 1) await nextImmediate();
    loop.callLater(0, () => calls.push('later'));
    while (calls.length < 2) await nextImmediate();
    loop.callFromThread(() => calls.push('from a thread'));
    while (calls.length < 3) await nextImmediate();
    expect(calls).toEqual(['soon', 'later', 'from a thread']);
    loop.stop();
    loop.stop();
    await running;
    const again = loop.runAsync();
    write(w, 'x');
    await again;
  });

  test.runIf(isAsync)('an abort rejects with its reason, and the loop can run again', async () => {
    const [r] = openPipe();
    const loop = open();
    const watch = loop.watch(r, 'r', () => expect.unreachable());
    const reason = new Error('enough');
    for (const wait of ['runAsync', 'runOnceAsync'] as const) {
      const before = AbortSignal.abort(reason);
      const start = (signal: AbortSignal) =>
        wait === 'runAsync' ? loop.runAsync({ signal }) : loop.runOnceAsync(null, { signal });
      expect(await rejected(start(before))).toBe(reason);
      const controller = new AbortController();
      const running = start(controller.signal);
      await nextImmediate();
      controller.abort(reason);
      expect(await rejected(running)).toBe(reason);
      const inCallback = new AbortController();
      loop.callSoon(() => inCallback.abort(reason));
      expect(await rejected(start(inCallback.signal))).toBe(reason);
    }
    expect(await rejected(loop.runAsync({ signal: 'x' as never }))).toEqual(typeError);
    watch.cancel();
    await loop.runAsync({ signal: new AbortController().signal });
  });

  test.runIf(isAsync)('an abort between two waits, or before one, rejects, too', async () => {
    const loop = open();
    loop.hold();
    const reason = new Error('enough');
    const between = new AbortController();
    loop.callSoon(() => setImmediate(() => between.abort(reason)));
    expect(await rejected(loop.runAsync({ signal: between.signal }))).toBe(reason);
    const before = new AbortController();
    loop.onPrepare(() => before.abort(reason));
    expect(await rejected(loop.runAsync({ signal: before.signal }))).toBe(reason);
  });

  test('run within a callback is an error; runOnce is allowed', async () => {
    const [a, b] = openPair();
    const loop = open();
    const told: string[] = [];
    const errors: unknown[] = [];
    loop.once(a, 'w', () => {
      errors.push(thrown(() => loop.run()));
      void rejected(loop.runAsync()).then((error) => errors.push(error));
      void rejected(loop.runOnceAsync()).then((error) => errors.push(error));
    });
    await run(loop);
    await nextImmediate();
    expect(errors).toEqual([isRunning, isRunning, isRunning]);

    // A turn within a turn runs everything once.
    loop.callSoon(() => told.push('soon 1'));
    loop.callLater(0, () => told.push('later'));
    let depth = 0;
    for (const socket of [a, b]) {
      const watch = loop.watch(socket, 'w', () => {
        told.push(`watch at depth ${depth}`);
        watch.cancel();
        loop.callSoon(() => told.push('soon 2'));
        if (depth++ === 0) loop.runOnce();
      });
    }
    await run(loop);
    expect(told).toEqual([
      'watch at depth 0',
      'watch at depth 1',
      'later',
      'soon 1',
      'soon 2',
      'soon 2',
    ]);
  });

  test.runIf(isAsync)('a second wait is refused while one is pending', async () => {
    const [r] = openPipe();
    const loop = open();
    const watch = loop.watch(r, 'r', () => expect.unreachable());
    for (const running of [() => loop.runAsync(), () => loop.runOnceAsync()]) {
      const first = running();
      await nextImmediate();
      expect(thrown(() => loop.run())).toEqual(isRunning);
      expect(thrown(() => loop.runOnce(0))).toEqual(isRunning);
      expect(await rejected(loop.runAsync())).toEqual(isRunning);
      expect(await rejected(loop.runOnceAsync(0))).toEqual(isRunning);
      // Calls from outside still take effect.
      let called = 0;
      loop.callSoon(() => {
        called++;
        loop.stop();
      });
      await first;
      expect(called).toBe(1);
    }
    watch.cancel();
  });

  /** The events that end a test of starvation; it fails after five seconds. */
  function watchfulEnd(end: () => void) {
    const awaited = new Set(isAsync ? ['fd', 'timer', 'node'] : ['fd', 'timer']);
    const start = performance.now();
    return {
      awaited,
      look: () => {
        if (awaited.size === 0 || performance.now() - start > 5000) end();
      },
    };
  }

  test('an endless chain of calls starves neither fds nor timers', async () => {
    const [r, w] = openPipe();
    const loop = open();
    let isOver = false;
    const { awaited, look } = watchfulEnd(() => {
      isOver = true;
    });
    const chain = () => {
      look();
      if (!isOver) loop.callSoon(chain);
    };
    const zero = () => {
      if (!isOver) loop.callLater(0, zero);
    };
    chain();
    zero();
    loop.callLater(0.01, () => {
      awaited.delete('timer');
      write(w, 'x');
    });
    const nodeTimer = setTimeout(() => awaited.delete('node'), 15);
    const watch = loop.watch(r, 'r', () => {
      awaited.delete('fd');
      watch.cancel();
    });
    await run(loop);
    clearTimeout(nodeTimer);
    expect(awaited).toEqual(new Set());
  });

  test('an fd that is always readable does not starve others', async () => {
    const [r, w] = openPipe();
    write(w, 'x');
    const loop = open();
    const { awaited, look } = watchfulEnd(() => watch.cancel());
    const watch = loop.watch(r, 'r', look);
    loop.callSoon(() => awaited.delete('fd'));
    loop.callLater(0.01, () => awaited.delete('timer'));
    const nodeTimer = setTimeout(() => awaited.delete('node'), 15);
    await run(loop);
    clearTimeout(nodeTimer);
    expect(awaited).toEqual(new Set());
  });

  test('an onError that throws does not end the loop', async () => {
    const loop = open({
      onError: () => {
        throw new Error('from onError');
      },
    });
    const written: string[] = [];
    const { write: original } = process.stderr;
    process.stderr.write = ((text: string) => written.push(text) > 0) as never;
    try {
      loop.callSoon(() => {
        loop.callSoon(() => written.push('goes on'));
        throw new Error('first');
      });
      await run(loop);
    } finally {
      process.stderr.write = original;
    }
    expect(written[0]).toMatch(/uncaught in onError: Error: from onError/);
    expect(written.slice(1)).toEqual(['goes on']);
  });

  test('close calls `lost` of all connections once, and leaves no fd open', async () => {
    const loop = open();
    const first = await meet(mode, loop);
    const second = await meet(mode, loop, {
      handlers: (connection) =>
        new (class extends Log {
          override lost(error: Error | null): void {
            super.lost(error);
            // In the last moment everything is still allowed, and nothing comes of it.
            first.connection.write(Buffer.from('farewell'));
            first.connection.end();
            loop.callSoon(() => expect.unreachable());
            loop.callLater(0, () => expect.unreachable());
          }
        })(connection),
    });
    const third = await meet(mode, loop);
    third.connection.abort(); // its `lost` is not called before the loop is closed
    const server = createServer(['127.0.0.1', 0]);
    const failures: string[] = [];
    connect(loop, server.getsockname(), {
      onConnection: () => expect.unreachable(),
      onFailed: (error) => failures.push(codeOf(error)),
    });
    server.close();
    const listener = listen(loop, ['127.0.0.1', 0], () => expect.unreachable());
    const address = listener.getsockname();
    loop.close();
    loop.close();
    expect(first.log.events).toEqual(['lost ECONNABORTED']);
    expect(second.log.events).toEqual(['lost ECONNABORTED']);
    expect(third.log.events).toEqual(['lost ECONNABORTED']);
    expect(failures).toEqual(['ECONNABORTED']);
    expect(listener.fileno()).toBe(-1);
    expect(codeOf(thrown(() => createConnection(address)))).toBe('ECONNREFUSED');
    for (const { peer } of [first, second, third]) peer.read();
    expect(first.peer.failure ?? 'end').toBe('ECONNRESET');
  });

  test('close ends although a client connects again when it is lost', async () => {
    const errors: unknown[] = [];
    const loop = open({ onError: (error) => errors.push(error) });
    const server = closing(createServer(['127.0.0.1', 0]));
    let tries = 0;
    const again = () => {
      tries++;
      connect(loop, server.getsockname(), {
        onConnection: () => ({ data: () => {}, lost: again }),
        onFailed: again,
      });
    };
    again();
    loop.close();
    expect(tries).toBe(2);
    expect(errors).toEqual([isClosed]);
  });

  test('close in a callback: no further callback, and it stops', async () => {
    const [a, b] = openPair();
    const loop = open();
    const told: string[] = [];
    for (const socket of [a, b]) {
      loop.watch(socket, 'w', () => {
        told.push('watch');
        loop.close();
      });
    }
    const later = loop.callLater(0, () => told.push('later'));
    const every = loop.callEvery(1, () => {});
    loop.callSoon(() => told.push('soon'));
    await run(loop);
    expect(told).toEqual(['watch']);
    expect([later.active(), every.active(), every.getTime()]).toEqual([false, false, null]);
  });

  test('close in a turn of its own', async () => {
    const loop = open();
    loop.callSoon(() => loop.close());
    await turn(loop);
  });

  test.runIf(isAsync)('close while it waits', async () => {
    const [r] = openPipe();
    for (const wait of ['runAsync', 'runOnceAsync'] as const) {
      const loop = open();
      loop.watch(r, 'r', () => expect.unreachable());
      const controller = new AbortController();
      const options = { signal: controller.signal };
      const running =
        wait === 'runAsync' ? loop.runAsync(options) : loop.runOnceAsync(null, options);
      await nextImmediate();
      loop.close();
      controller.abort('too late to be of interest');
      await running.catch((error) => expect(error).toBe('too late to be of interest'));
    }
  });

  test('after close, methods that begin something are ERR_CLOSED', async () => {
    const [r] = openPipe();
    const loop = open();
    const watch = loop.watch(r, 'r', () => {});
    const undo = loop.onPrepare(() => {});
    loop.close();
    const beginnings: (() => unknown)[] = [
      () => loop.watch(r, 'r', () => {}),
      () => loop.once(r, 'r', () => {}),
      () => loop.onPrepare(() => {}),
      () => loop.callLater(0, () => {}),
      () => loop.callEvery(1, () => {}),
      () => loop.callSoon(() => {}),
      () => loop.callFromThread(() => {}),
      () => loop.wake(),
      () => loop.wakeFd,
      () => loop.runOnce(0),
      () => loop.run(),
      () => listen(loop, ['127.0.0.1', 0], () => expect.unreachable()),
      () =>
        connect(loop, ['127.0.0.1', 1], {
          onConnection: () => expect.unreachable(),
          onFailed: () => {},
        }),
    ];
    for (const begin of beginnings) expect(thrown(begin), String(begin)).toEqual(isClosed);
    expect(await rejected(loop.runAsync())).toEqual(isClosed);
    expect(await rejected(loop.runOnceAsync(0))).toEqual(isClosed);
    watch.cancel();
    undo();
    loop.stop();
    expect(loop.time()).toBeGreaterThan(0);
  });

  test('a loop is closed at the end of its scope', async () => {
    let outer: EventLoop;
    {
      using loop = new EventLoop({ selector });
      outer = loop;
    }
    expect(thrown(() => outer.wakeFd)).toEqual(isClosed);
  });
});

test('a constructor that throws leaves no fd open', () => {
  const closed = new PollSelector();
  closed.close();
  expect(thrown(() => new EventLoop({ selector: closed }))).toEqual(isClosed);
  const taken = closing(new EpollSelector());
  const loop = closing(new EventLoop({ selector: taken }));
  expect(taken.getMap()?.size).toBe(1);
  loop.close();
  expect(taken.getMap()?.size).toBe(0);
});

test('the default selector is that of FDSELECT_SELECTOR', async () => {
  const script = scriptFile(`
    import { EventLoop } from 'fdselect/loop';
    try { new EventLoop().close(); console.log('made'); } catch (error) { console.log(error.message); }
  `);
  const out = async (FDSELECT_SELECTOR: string) => {
    const child = spawn(process.execPath, [script], { env: { ...process.env, FDSELECT_SELECTOR } });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    await once(child, 'close');
    return text;
  };
  expect(await out('poll')).toBe('made\n');
  expect(await out('kqueue')).toMatch(/FDSELECT_SELECTOR.*'kqueue'/);
});

test('by default an error goes to stderr, and the process lives on', async () => {
  const script = scriptFile(`
    import { EventLoop } from 'fdselect/loop';
    const loop = new EventLoop();
    loop.callSoon(() => { throw new Error('bad handler'); });
    loop.callLater(0.01, () => console.log('lives on'));
    loop.run();
  `);
  await using child = runProcess(process.execPath, [script]);
  const { code, stdout, stderr } = await child.finished();
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'lives on\n' });
  expect(stderr).toMatch(/^fdselect: uncaught in callSoon: Error: bad handler\n/);
});
