/** The registrations of waits with the waiter: ids, fds that are kept for the next wait, and their end. */
import { EPOLLIN, Epoll, epoll, POLLIN, POLLOUT, Poll, selectAsync } from 'fdselect';
import { close, dup, read, write } from 'fdselect/os';
import { EpollSelector, PollSelector, SelectSelector } from 'fdselect/selectors';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { native } from '../../dist/native/index.js';
import { ADDON, testUnless } from '../support/runtime.ts';
import { closing, openAt, openPipe } from '../support/sandbox.ts';
import { scriptFile } from '../support/script.ts';
import { run } from '../support/server.ts';
import '../support/waiter.ts';

interface Waiting {
  register(fd: number, events: number): unknown;
  unregister(fd: number): unknown;
  next(): Promise<unknown[]>;
}

const kinds: [name: string, open: () => Waiting][] = [
  ['Poll', () => Object.assign(new Poll(), { next: pollAsync })],
  ['Epoll', () => Object.assign(closing(new Epoll()), { next: pollAsync })],
  ...[SelectSelector, PollSelector, EpollSelector].map((Selector): [string, () => Waiting] => [
    Selector.name,
    () => Object.assign(closing(new Selector()), { next: selectSelectorAsync }),
  ]),
];

function pollAsync(this: { pollAsync(): Promise<unknown[]> }): Promise<unknown[]> {
  return this.pollAsync();
}

function selectSelectorAsync(this: { selectAsync(): Promise<unknown[]> }): Promise<unknown[]> {
  return this.selectAsync();
}

test('ids are used again: 2^31 waits never reach the end of 32 bits', async () => {
  const seen: number[] = [];
  const { armWait } = native;
  const spy = vi.spyOn(native, 'armWait').mockImplementation((driver, id) => {
    seen.push(id);
    return armWait(driver, id);
  });
  onTestFinished(() => spy.mockRestore());
  const [r, w] = openPipe();
  write(w, 'x');
  for (let i = 0; i < 2000; i++) {
    const promise = selectAsync([r], [], []);
    read(r, 1);
    write(w, 'x');
    await promise;
    await selectAsync([openless], [], [], 0.0001);
  }
  expect(seen.length).toBeGreaterThan(1000);
  expect(Math.max(...seen)).toBeLessThan(10);
});

/** Never ready. */
const openless = { fileno: () => idle };
let idle = -1;
beforeEach(() => {
  idle = openPipe()[0];
});

describe.each(kinds)('the watches of a %s are kept for its next wait', (_, open) => {
  test('each change between two waits takes effect', async () => {
    const pipes = Array.from({ length: 8 }, openPipe);
    const object = open();
    const registered = new Set<number>();
    // Some waits, so that it is kept.
    for (let i = 0; i < 400; i++) {
      const [r, w] = pipes[(i * 7) % 8] as [number, number];
      if (registered.has(r) && i % 3 === 0) {
        object.unregister(r);
        registered.delete(r);
      } else if (!registered.has(r)) {
        object.register(r, 1);
        registered.add(r);
      }
      const [ready] = registered;
      if (ready === undefined) continue;
      const writer = (pipes.find(([reader]) => reader === ready) as [number, number])[1];
      const promise = object.next();
      if (i % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      write(writer, 'x');
      if (!registered.has(r)) write(w, 'x'); // what is unregistered is not reported
      expect(await promise).toHaveLength(1);
      read(ready, 1);
      if (!registered.has(r)) read(r, 1);
    }
  });

  test('an fd number that is closed and used for another file is watched again', async () => {
    const object = open();
    const [r] = openPipe();
    const number = dup(r);
    const survivor = closing(dup(number)); // keeps the file in the kernel's sets
    object.register(number, 1);
    for (let i = 0; i < 3; i++) {
      const promise = object.next();
      const [r2, w2] = openPipe();
      write(w2, 'x');
      object.unregister(number);
      close(number);
      openAt(r2, number);
      object.register(number, 1);
      expect(await promise).toHaveLength(1);
    }
    expect(survivor).toBeGreaterThan(0);
  });
});

// The waiter's thread sits in poll(2), which keeps the old file: there it is noticed by the next wait.
test.skipIf(process.env.FDSELECT_WAITER === 'thread')(
  'a Poll notices a number that was closed behind its back within some milliseconds',
  async () => {
    const [r1] = openPipe();
    const [r2, w2] = openPipe();
    const poller = new Poll();
    poller.register(r1, POLLIN);
    for (let i = 0; i < 3; i++) await poller.pollAsync(2);
    const promise = poller.pollAsync(15_000);
    // Not through fdselect, and while it waits: Node's own fs.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const fs = process.getBuiltinModule('node:fs');
    fs.closeSync(r1);
    openAt(r2, r1);
    write(w2, 'x');
    const start = performance.now();
    expect(await promise).toEqual([[r1, POLLIN]]);
    expect(performance.now() - start).toBeLessThan(10_000);
  },
);

test('two Polls on one fd with different masks: each keeps getting its own events', async () => {
  const [a, b] = [openPipe(), openPipe()];
  const reading = new Poll();
  const writing = new Poll();
  reading.register(a[0], POLLIN);
  writing.register(a[0], POLLIN);
  writing.register(b[1], POLLOUT);
  for (let i = 0; i < 50; i++) {
    const promise = reading.pollAsync(10_000);
    expect(await writing.pollAsync(10_000)).toEqual([[b[1], POLLOUT]]);
    write(a[1], 'x');
    expect(await promise).toEqual([[a[0], POLLIN]]);
    expect(await writing.pollAsync(10_000)).toHaveLength(2);
    read(a[0], 1);
  }
});

test('a ready fd costs no CPU while the program does something else', async () => {
  const [r, w] = openPipe();
  const objects: [register: () => void, wait: () => Promise<unknown>][] = [];
  const poller = new Poll();
  const set = closing(new Epoll());
  objects.push([() => poller.register(r, POLLIN), () => poller.pollAsync()]);
  objects.push([() => set.register(r, EPOLLIN), () => set.pollAsync()]);
  for (const [register, wait] of objects) {
    register();
    write(w, 'x');
    for (let i = 0; i < 3; i++) await wait();
    const { user, system } = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const used = process.cpuUsage({ user, system });
    expect((used.user + used.system) / 1000).toBeLessThan(100);
    await wait();
    read(r, 1);
  }
});

test.skipIf(epoll === undefined)('Polls that are dropped leave nothing behind', async () => {
  const source = `
    import { Poll, POLLIN } from 'fdselect';
    import { pipe } from 'fdselect/os';
    import { native } from '${new URL('../../dist/native/index.js', import.meta.url)}';
    let ended = 0;
    const { endWait } = native;
    native.endWait = (...args) => { ended++; return endWait(...args); };
    const [r] = pipe();
    for (let i = 0; i < 100; i++) {
      const poller = new Poll();
      poller.register(r, POLLIN);
      for (let k = 0; k < 3; k++) await poller.pollAsync(1); // kept from the second one on
    }
    // Of each Poll the first registration has ended with its wait; the second ends with the Poll. The
    // collector may have begun already.
    for (let i = 0; i < 500 && ended < 150; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(ended >= 150);
  `;
  await using child = run(process.execPath, ['--expose-gc', scriptFile(source)]);
  expect(await child.finished()).toMatchObject({ code: 0, stdout: 'true\n' });
});

const NO_LIBUV = 'it has no libuv';

describe('copies of the package in one process', () => {
  testUnless({ Bun: NO_LIBUV, Deno: NO_LIBUV })(
    'that share the exports of one addon wait independently',
    async () => {
      // What a test runner does when it resets modules: lib/ runs again, the addon does not.
      const source = `
      const copies = [await import('fdselect'), await import('fdselect')];
      import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const addon = require('${ADDON}');
      const [r, w] = [[], []];
      const pipe = []; addon.pipe(pipe);
      const told = [];
      const drivers = [0, 0, 1, 1].map((kind, i) => addon.openWaiter(kind, () => told.push(i)));
      for (const driver of drivers) {
        addon.watchWait(driver, 0, pipe[0], 1, 0);
        addon.armWait(driver, 0);
      }
      addon.write(pipe[1], Buffer.from('x'));
      const timer = setTimeout(() => { console.log('not told', told); process.exit(1); }, 15_000);
      const look = () => {
        for (const driver of drivers.slice(2)) addon.collectWaits(driver, new Int32Array(4));
        if (new Set(told).size < 4) return setTimeout(look, 5);
        clearTimeout(timer);
        console.log([...new Set(told)].sort().join());
      };
      look();
    `;
      await using child = run(process.execPath, [scriptFile(source)]);
      expect(await child.finished()).toMatchObject({ code: 0, stdout: '0,1,2,3\n' });
    },
  );
});

describe('a chain of epoll sets as long as the kernel allows', () => {
  /** A chain of `length` sets over one fd; the outermost last. */
  function chainOver(fd: number, length: number): Epoll[] {
    const sets: Epoll[] = [];
    for (let inner: number | Epoll = fd; sets.length < length; inner = sets.at(-1) as Epoll) {
      const outer = closing(new Epoll());
      outer.register(inner as Epoll, EPOLLIN);
      sets.push(outer);
    }
    return sets;
  }

  test.each(['before', 'while'])('may be put under a set that has waited %s', async (when) => {
    const [r, w] = openPipe();
    const top = closing(new Epoll());
    for (let i = 0; i < 3; i++) await top.pollAsync(0.002); // it is in the waiter's set now
    const [other, w2] = openPipe();
    const poller = new Poll();
    poller.register(other, POLLIN);
    const bystander = poller.pollAsync();
    const wait = when === 'while' ? top.pollAsync(5) : null;
    const [under] = chainOver(r, 4).slice(-1) as [Epoll];
    top.register(under, EPOLLIN);
    write(w, 'x');
    expect(await (wait ?? top.pollAsync(5))).toEqual([[under.fileno(), EPOLLIN]]);
    write(w2, 'x');
    expect(await bystander).toEqual([[other, POLLIN]]);
  });

  test('a longer chain, or a cycle, is refused as by the kernel, and the waits go on', async () => {
    const [r, w] = openPipe();
    const top = closing(new Epoll());
    top.register(r, EPOLLIN);
    for (let i = 0; i < 3; i++) await top.pollAsync(0.002);
    const wait = top.pollAsync(5);
    const code = (set: Epoll, fd: Epoll) => {
      try {
        set.register(fd, EPOLLIN);
        return 'none';
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    const [other] = openPipe();
    expect(code(top, chainOver(other, 5).at(-1) as Epoll)).toBe('ELOOP');
    expect(code(top, top)).toBe('EINVAL');
    write(w, 'x');
    expect(await wait).toEqual([[r, EPOLLIN]]);
  });
});
