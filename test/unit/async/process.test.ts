/** Pending waits and the rest of the process: its exit, workers, threads, timers and files. */
import { once } from 'node:events';
import { readFile, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { POLLIN, POLLOUT, selectAsync } from 'fdselect';
import { read, write } from 'fdselect/os';
import { describe, expect, test } from 'vitest';
import { untilOthersSleep } from '../../support/asleep.ts';
import {
  aborter,
  kinds,
  openPoll,
  prints,
  rejection,
  runModule,
  sleep,
  stateOf,
  turns,
} from '../../support/async-waits.ts';
import { testHighFds } from '../../support/runtime.ts';
import { openFile, openPipe } from '../../support/sandbox.ts';
import { scriptFile } from '../../support/script.ts';
import { run } from '../../support/server.ts';
import '../../support/waiter.ts';

describe('many waits', () => {
  testHighFds('waits whose fds are ready at the same time settle in the same turn', async () => {
    const pipes = Array.from({ length: 600 }, openPipe);
    let macrotask = 0;
    let isCounting = true;
    const count = () => {
      macrotask++;
      if (isCounting) setImmediate(count);
    };
    const arrivals: number[] = [];
    const waits = pipes.map(async ([r], i) => {
      if (i % 3 === 0) await selectAsync([r], [], [], 10);
      else if (i % 3 === 1) await openPoll([r, POLLIN]).pollAsync(10_000);
      else await selectAsync([r], [], []);
      arrivals.push(macrotask);
    });
    await turns();
    for (const [, w] of pipes) write(w, 'x');
    untilOthersSleep(); // before this turn ends, a waiter thread has seen all of them
    setImmediate(count);
    await Promise.all(waits);
    isCounting = false;
    expect(arrivals).toHaveLength(600);
    expect(new Set(arrivals).size).toBe(1);
  });

  testHighFds(
    'of a thousand waits that are ready, most are aborted before they settle',
    async () => {
      const pipes = Array.from({ length: 1000 }, openPipe);
      const controller = new AbortController();
      const { signal } = controller;
      const isKept = (i: number) => i % 10 === 9;
      const kept: Promise<unknown>[] = [];
      const aborted: Promise<unknown>[] = [];
      for (const [i, [r]] of pipes.entries()) {
        if (isKept(i)) kept.push(selectAsync([r], [], [], 15));
        else aborted.push(rejection(selectAsync([r], [], [], undefined, { signal })));
      }
      await turns();
      for (const [, w] of pipes) write(w, 'x');
      untilOthersSleep();
      controller.abort('no more');
      const start = performance.now();
      expect(await Promise.all(aborted)).toEqual(new Array(900).fill('no more'));
      const readers = pipes.filter((_, i) => isKept(i)).map(([r]) => [[r], [], []]);
      expect(await Promise.all(kept)).toEqual(readers);
      expect(performance.now() - start).toBeLessThan(10_000); // of 15 s
    },
  );

  test('ten thousand waits in sequence', async () => {
    const [r, w] = openPipe();
    const poller = openPoll([r, POLLIN]);
    for (let i = 0; i < 10_000; i++) {
      const promise = poller.pollAsync();
      write(w, 'x');
      await promise;
      read(r, 1);
    }
  });
});

describe('the process', () => {
  test.each([
    ['selectAsync', 'selectAsync([r], [], [])'],
    ['Poll.pollAsync', '(() => { const p = new Poll(); p.register(r); return p.pollAsync(); })()'],
    [
      'Epoll.pollAsync',
      '(() => { const p = new Epoll(); p.register(r); return p.pollAsync(); })()',
    ],
  ])('a pending wait keeps it alive until it settles: %s', async (_, wait) => {
    const finished = await runModule(`
      setTimeout(() => write(w, 'x'), 100).unref();
      const timer = setTimeout(() => {}, 200); // from then on, only the wait keeps the process alive
      ${wait}.then(() => { clearTimeout(timer); console.log('ready'); });
    `);
    expect(finished).toEqual(prints('ready'));
  });

  test('a pending wait keeps it alive', async () => {
    await using child = run(process.execPath, [
      scriptFile(`import { selectAsync } from 'fdselect';
       import { pipe } from 'fdselect/os';
       process.on('exit', () => console.log('exit'));
       console.log('waiting');
       selectAsync([pipe()[0]], [], []);`),
    ]);
    await once(child.process.stdout as NodeJS.ReadableStream, 'data');
    await sleep(300);
    expect([child.process.exitCode, child.stdout]).toEqual([null, 'waiting\n']);
  });

  test.each([
    [
      'an aborted wait',
      `const c = new AbortController();
       const p = selectAsync([r], [], [], null, { signal: c.signal });
       setTimeout(() => c.abort(), 20);
       await p.catch((e) => console.log(e.name));`,
      'AbortError',
    ],
    [
      'a finished wait',
      `setTimeout(() => write(w, 'x'), 20);
       await selectAsync([r], [], []);
       console.log('ready');`,
      'ready',
    ],
    [
      'a wait whose time is over',
      `await selectAsync([r], [], [], 0.02);
       console.log('over');`,
      'over',
    ],
    [
      'a wait with a timeout of weeks that is aborted',
      `const c = new AbortController();
       setTimeout(() => c.abort(), 20);
       const p = new Poll();
       await p.pollAsync(2 ** 31 - 1, { signal: c.signal }).catch((e) => console.log(e.name));`,
      'AbortError',
    ],
    [
      'a closed Epoll',
      `const p = new Epoll();
       setTimeout(() => p.close(), 20);
       await p.pollAsync().catch((e) => console.log(e.code));`,
      'ERR_CLOSED',
    ],
    [
      'an empty selectAsync of 20 ms',
      `await selectAsync([], [], [], 0.02);
       console.log('over');`,
      'over',
    ],
  ])('%s does not keep it alive', async (_, source, stdout) => {
    expect(await runModule(source)).toEqual(prints(stdout));
  });

  test('process.exit while waits are pending', async () => {
    const finished = await runModule(`
      for (let i = 0; i < 50; i++) selectAsync([r], [], []);
      setTimeout(() => { console.log('bye'); process.exit(0); }, 20);
    `);
    expect(finished).toEqual(prints('bye'));
  });

  testHighFds('a thousand pending waits use at most one thread', async () => {
    const finished = await runModule(`
      import { readdirSync, readFileSync } from 'node:fs';
      // Runtimes start threads for their compiler and their garbage collector at any time, with names
      // of their own. A thread that this one starts has the same name.
      const nameOf = (task) => readFileSync('/proc/self/task/' + task + '/comm', 'latin1');
      const name = nameOf(process.pid);
      const tasks = () => readdirSync('/proc/self/task').filter((t) => nameOf(t) === name).length;
      await new Promise((resolve) => setTimeout(resolve, 20));
      const before = tasks();
      const c = new AbortController();
      const waits = [];
      for (let i = 0; i < 1000; i++) {
        waits.push(selectAsync([pipe()[0]], [], [], null, { signal: c.signal }).catch(() => {}));
      }
      setTimeout(async () => {
        const more = tasks() - before;
        c.abort();
        await Promise.all(waits);
        console.log(more <= 1 ? 'few' : more);
      }, 50);
    `);
    expect(finished).toEqual(prints('few'));
  });

  test('workers are terminated while waits are pending', async () => {
    for (let i = 0; i < 5; i++) {
      const worker = new Worker(
        `const { parentPort } = require('node:worker_threads');
         Promise.all([import('fdselect'), import('fdselect/os')]).then(([{ selectAsync }, { pipe }]) => {
           const pipes = Array.from({ length: 20 }, pipe);
           for (const [r] of pipes) selectAsync([r], [], []).catch(() => {});
           parentPort.postMessage('waiting');
         });`,
        { eval: true },
      );
      await once(worker, 'message');
      await worker.terminate(); // its fds are closed with it
    }
    const [r, w] = openPipe();
    write(w, 'x');
    expect(await selectAsync([r], [], [], 1)).toEqual([[r], [], []]);
  });
});

describe('the rest of the process goes on', () => {
  test('fs.promises with 200 waits pending', async () => {
    const path = join(tmpdir(), `fdselect-async-${process.pid}`);
    await writeFile(path, 'x'.repeat(1000));
    const { signal } = aborter();
    for (let i = 0; i < 200; i++) {
      stateOf(selectAsync([openPipe()[0]], [], [], undefined, { signal }));
    }
    await turns();
    for (let i = 0; i < 20; i++) expect(await readFile(path, 'utf8')).toHaveLength(1000);
    await unlink(path);
  });

  test('200 pending waits make neither timers nor fs.promises slow', async () => {
    const path = join(tmpdir(), `fdselect-async-ratio-${process.pid}`);
    await writeFile(path, 'x'.repeat(1000));
    /** CPU time in µs, which other processes do not change. */
    const cost = async (run: () => Promise<unknown>) => {
      const before = process.cpuUsage();
      for (let i = 0; i < 20; i++) await run();
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    // Reading costs five times as much while the kernel has spread the threads of the process badly.
    // So both take turns, and the least of each counts.
    const readers = Array.from({ length: 200 }, () => openPipe()[0]);
    const least = { timer: [Infinity, Infinity], file: [Infinity, Infinity] };
    for (let round = 0; round < 20; round++) {
      const isPending = round % 2;
      const controller = new AbortController();
      const { signal } = controller;
      const waits = readers
        .slice(0, readers.length * isPending)
        .map((reader) => selectAsync([reader], [], [], undefined, { signal }).catch(() => {}));
      await turns();
      for (const [name, run] of [
        ['timer', () => sleep(1)],
        ['file', () => readFile(path)],
      ] as const) {
        least[name][isPending] = Math.min(least[name][isPending] as number, await cost(run));
      }
      controller.abort();
      await Promise.all(waits);
    }
    await unlink(path);
    // Measured 0.9 to 1.2. A turn that looked at every wait would cost more than ten times as much.
    for (const [without = 0, pending = 0] of Object.values(least)) {
      expect(pending / without).toBeLessThan(4);
    }
  });

  test('timers and microtasks', async () => {
    const { signal } = aborter();
    stateOf(selectAsync([openPipe()[0]], [], [], undefined, { signal }));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    while (ticks < 20) await sleep(5);
    clearInterval(timer);
  });

  test.each(kinds)('$name: timers run although the fd is always ready', async ({ wait }) => {
    const [r, w] = openPipe();
    write(w, 'x');
    for (const fd of [r, openFile('/dev/null')]) {
      if (fd !== r && wait === kinds[2]?.wait) continue; // epoll refuses it
      const start = performance.now();
      let lateness = Number.NaN;
      setTimeout(() => {
        lateness = performance.now() - start - 20;
      }, 20);
      while (Number.isNaN(lateness) && performance.now() < start + 10_000) await wait(fd, 10);
      expect(lateness).toBeLessThan(5000);
    }
  });

  test.each(kinds)('$name: timers run although waits with timeout 0 are repeated', async (kind) => {
    const [r] = openPipe();
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 20);
    const start = performance.now();
    while (!isOver && performance.now() < start + 10_000) {
      expect(await kind.wait(r, 0)).toEqual(kind.timedOut);
    }
    expect(isOver).toBe(true);
  });

  test('timers run although short waits are repeated', async () => {
    const [, w] = openPipe();
    let isOver = false;
    setTimeout(() => {
      isOver = true;
    }, 20);
    const poller = openPoll([openPipe()[0], POLLIN]);
    let rounds = 0;
    while (!isOver && rounds < 1000) {
      expect(await poller.pollAsync(1)).toEqual([]);
      rounds++;
    }
    expect(isOver).toBe(true);
    expect(await openPoll([w, POLLOUT]).pollAsync()).toEqual([[w, POLLOUT]]);
  });
});
