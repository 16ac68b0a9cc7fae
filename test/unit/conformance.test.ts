/**
 * What select, poll and epoll have in common, blocking and not: the same cases for all six.
 *
 * The waits that do not block go through the driver that FDSELECT_WAITER names, if it is set.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  EPOLLERR,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  Epoll,
  epoll,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  Poll,
  select,
  selectAsync,
} from 'fdselect';
import { dup, read, write } from 'fdselect/os';
import { signalPipe } from 'fdselect/signal';
import { SHUT_WR, socket } from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import {
  close,
  closing,
  fill,
  openAt,
  openFile,
  openPair,
  openPipe,
  openRefused,
  openServer,
  openTcp,
  reset,
} from '../support/sandbox.ts';
import { osError, thrown } from '../support/thrown.ts';
import '../support/waiter.ts';
import { testHighFds } from '../support/runtime.ts';

type Want = 'r' | 'w' | 'rw';
type Entry = [fd: number, want: Want];

/** File descriptors that are watched together, for as many waits as one likes. */
interface Watched {
  /** The fds that are ready for their watched events; empty after the timeout. */
  wait(seconds?: number): Promise<Entry[]>;
}

interface Adapter {
  name: string;
  isAsync: boolean;
  watch(entries: Entry[]): Watched;
}

function byFd(a: Entry, b: Entry): number {
  return a[0] - b[0];
}

function fromLists([readers, writers]: [number[], number[], unknown]): Entry[] {
  const isReader = new Set(readers);
  const isWriter = new Set(writers);
  return [...new Set([...readers, ...writers])]
    .map((fd): Entry => {
      if (isReader.has(fd) && isWriter.has(fd)) return [fd, 'rw'];
      return [fd, isReader.has(fd) ? 'r' : 'w'];
    })
    .sort(byFd);
}

/** As select(2) reads poll's bits: HUP is readable, ERR is both. */
function fromEvents(answer: [fd: number, events: number][], entries: Entry[]): Entry[] {
  const wants = new Map(entries);
  const lists: [number[], number[], []] = [[], [], []];
  for (const [fd, events] of answer) {
    const want = wants.get(fd) ?? '';
    if (want.includes('r') && (events & (POLLIN | POLLHUP | POLLERR)) !== 0) lists[0].push(fd);
    if (want.includes('w') && (events & (POLLOUT | POLLERR)) !== 0) lists[1].push(fd);
  }
  return fromLists(lists);
}

function lists(entries: Entry[]): [number[], number[], []] {
  const having = (letter: string) =>
    entries.filter(([, want]) => want.includes(letter)).map(([fd]) => fd);
  return [having('r'), having('w'), []];
}

function mask(want: Want): number {
  return (want.includes('r') ? POLLIN : 0) | (want.includes('w') ? POLLOUT : 0);
}

function watchPoll(
  entries: Entry[],
  call: (poller: Poll, milliseconds?: number) => Promise<[number, number][]>,
): Watched {
  const poller = new Poll();
  for (const [fd, want] of entries) poller.register(fd, mask(want));
  return {
    wait: async (seconds) =>
      fromEvents(await call(poller, seconds === undefined ? undefined : 1000 * seconds), entries),
  };
}

function watchEpoll(
  entries: Entry[],
  call: (poller: Epoll, seconds?: number) => Promise<[number, number][]>,
): Watched {
  const poller = closing(new Epoll());
  for (const [fd, want] of entries) poller.register(fd, mask(want));
  return { wait: async (seconds) => fromEvents(await call(poller, seconds), entries) };
}

const adapters: Adapter[] = [
  {
    name: 'select',
    isAsync: false,
    watch: (entries) => ({
      wait: async (seconds) => fromLists(select(...lists(entries), seconds)),
    }),
  },
  {
    name: 'selectAsync',
    isAsync: true,
    watch: (entries) => ({
      wait: async (seconds) => fromLists(await selectAsync(...lists(entries), seconds)),
    }),
  },
  {
    name: 'Poll.poll',
    isAsync: false,
    watch: (entries) => watchPoll(entries, async (poller, ms) => poller.poll(ms)),
  },
  {
    name: 'Poll.pollAsync',
    isAsync: true,
    watch: (entries) => watchPoll(entries, (poller, ms) => poller.pollAsync(ms)),
  },
  {
    name: 'Epoll.poll',
    isAsync: false,
    watch: (entries) => watchEpoll(entries, async (poller, seconds) => poller.poll(seconds)),
  },
  {
    name: 'Epoll.pollAsync',
    isAsync: true,
    watch: (entries) => watchEpoll(entries, (poller, seconds) => poller.pollAsync(seconds)),
  },
];

const PAGE = 4096;

/** How many fds this process may have open; Node has raised this to the hard limit. */
const MAX_FDS = Number(
  /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1],
);

/** Runs a shell command once the main thread sleeps. */
async function childRuns(
  command: string,
  stdin: number | 'ignore',
  stdout: number | 'ignore',
): Promise<void> {
  const script = `until grep -q '^State:.S' /proc/${process.pid}/status; do :; done; ${command}`;
  const child = spawn('sh', ['-c', script], { stdio: [stdin, stdout, 'inherit'] });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
}

async function inThisTurn(act: () => void): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  act();
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await run();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

test.skipIf(epoll === undefined)('the bits of poll and epoll are the same', () => {
  expect([EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP]).toEqual([POLLIN, POLLOUT, POLLERR, POLLHUP]);
});

// Where the system has no epoll, without it.
const present = adapters.filter(({ name }) => epoll !== undefined || !name.startsWith('Epoll'));

describe.each(present)('$name', ({ name, isAsync, watch }) => {
  const isEpoll = name.startsWith('Epoll');

  function now(entries: Entry[]): Promise<Entry[]> {
    return watch(entries).wait(0);
  }

  describe('the time', () => {
    test.each([0, 0.0001, 0.001, 0.0033, 0.0105, 0.05, 0.2])(
      'is over after %s seconds, not earlier',
      async (seconds) => {
        const watched = watch([[openPipe()[0], 'r']]);
        let answer: Entry[] | undefined;
        const took = await elapsed(async () => {
          answer = await watched.wait(seconds);
        });
        expect(answer).toEqual([]);
        expect(took).toBeGreaterThanOrEqual(1000 * seconds);
        expect(took).toBeLessThan(1000 * seconds + 2000);
      },
    );

    test('ends a wait that watches nothing', async () => {
      expect(await elapsed(() => watch([]).wait(0.03))).toBeGreaterThanOrEqual(30);
    });

    test('is never cut short in many waits', async () => {
      const watched = watch([[openPipe()[0], 'r']]);
      for (let i = 0; i < 30; i++) {
        expect(await elapsed(() => watched.wait(0.0021))).toBeGreaterThanOrEqual(2.1);
      }
    });

    test('is not cut short by signals', async () => {
      using signals = signalPipe('SIGUSR2');
      const storm = spawn('sh', ['-c', `while kill -USR2 ${process.pid}; do :; done`], {
        stdio: 'ignore',
      });
      const closed = once(storm, 'close');
      try {
        expect(select([signals], [], [], 10)).toEqual([[signals], [], []]);
        signals.read();
        const watched = watch([[openPipe()[0], 'r']]);
        let answer: Entry[] | undefined;
        const took = await elapsed(async () => {
          answer = await watched.wait(0.25);
        });
        expect(answer).toEqual([]);
        expect(took).toBeGreaterThanOrEqual(250);
        expect(took).toBeLessThan(5000);
        expect(signals.read().length).toBeGreaterThan(0);
      } finally {
        storm.kill('SIGKILL');
        await closed;
      }
    });
  });

  describe('ready at once', () => {
    test('with any timeout', async () => {
      const [r, w] = openPipe();
      write(w, 'x');
      for (const seconds of [undefined, 0, 0.001, 5]) {
        expect(await watch([[r, 'r']]).wait(seconds)).toEqual([[r, 'r']]);
      }
    });

    test('only ready fds, only for watched events', async () => {
      const [[r1, w1], [r2, w2], [a, b]] = [openPipe(), openPipe(), openPair()];
      const [left, right] = [a.fileno(), b.fileno()];
      write(w1, 'x');
      b.send(Buffer.from('x'));
      const entries: Entry[] = [
        [r1, 'r'],
        [w1, 'w'],
        [r2, 'r'],
        [w2, 'r'],
        [left, 'rw'],
        [right, 'rw'],
      ];
      const expected: Entry[] = [
        [r1, 'r'],
        [w1, 'w'],
        [left, 'rw'],
        [right, 'w'],
      ];
      expect(await watch(entries).wait()).toEqual(expected.sort(byFd));
    });

    test('several are reported together', async () => {
      const pipes = Array.from({ length: 9 }, openPipe);
      const watched = watch(pipes.map(([r]): Entry => [r, 'r']));
      const ready = pipes.filter((_, i) => i % 3 === 1);
      for (const [, w] of ready) write(w, 'x');
      const expected = ready.map(([r]): Entry => [r, 'r']).sort(byFd);
      expect(await watched.wait(5)).toEqual(expected);
      expect(await watched.wait(5)).toEqual(expected);
      for (const [r] of ready) read(r, 1);
      expect(await watched.wait(0)).toEqual([]);
    });
  });

  describe('ready while it waits', () => {
    test.each([undefined, 10])('to read (timeout %s)', async (seconds) => {
      const [r, w] = openPipe();
      const watched = watch([
        [openPipe()[0], 'r'],
        [r, 'r'],
      ]);
      const done = isAsync ? inThisTurn(() => write(w, 'x')) : childRuns('echo', 'ignore', w);
      expect(await watched.wait(seconds)).toEqual([[r, 'r']]);
      await done;
    });

    test('to write', async () => {
      const [r, w] = openPipe();
      fill(w);
      const watched = watch([[w, 'w']]);
      expect(await watched.wait(0)).toEqual([]);
      const done = isAsync
        ? inThisTurn(() => read(r, 16 * PAGE))
        : childRuns('head -c 65536', r, 'ignore');
      expect(await watched.wait(10)).toEqual([[w, 'w']]);
      await done;
    });

    test('at the end of file', async () => {
      const [r, w] = openPipe();
      const watched = watch([[r, 'r']]);
      const done = isAsync ? inThisTurn(() => close(w)) : childRuns('true', 'ignore', w);
      if (!isAsync) close(w);
      expect(await watched.wait(10)).toEqual([[r, 'r']]);
      expect(read(r, 1)).toHaveLength(0);
      await done;
    });

    test('by another process', async () => {
      const [r, w] = openPipe();
      const done = childRuns('echo', 'ignore', w);
      expect(await watch([[r, 'r']]).wait(10)).toEqual([[r, 'r']]);
      await done;
    });

    test.skipIf(!isAsync)('several at once are reported together', async () => {
      const pipes = Array.from({ length: 9 }, openPipe);
      const done = inThisTurn(() => {
        for (const [, w] of pipes) write(w, 'x');
      });
      const expected = pipes.map(([r]): Entry => [r, 'r']).sort(byFd);
      expect(await watch(expected).wait(10)).toEqual(expected);
      await done;
    });

    test.skipIf(!isAsync)('again and again, on one set', async () => {
      const [r, w] = openPipe();
      const watched = watch([[r, 'r']]);
      for (let i = 0; i < 50; i++) {
        const answer = watched.wait(10);
        setImmediate(() => write(w, 'x'));
        expect(await answer).toEqual([[r, 'r']]);
        read(r, 1);
      }
    });
  });

  describe('every kind of file', () => {
    test('a pipe: full, drained by a byte, by a page', async () => {
      const [r, w] = openPipe();
      expect(await now([[w, 'w']])).toEqual([[w, 'w']]);
      fill(w);
      expect(await now([[w, 'w']])).toEqual([]);
      read(r, 1);
      expect(await now([[w, 'w']])).toEqual([]);
      read(r, PAGE - 1);
      expect(await now([[w, 'w']])).toEqual([[w, 'w']]);
    });

    test('a pipe without writer, and without reader', async () => {
      const [r, w] = openPipe();
      close(w);
      expect(await now([[r, 'r']])).toEqual([[r, 'r']]);
      const [reader, writer] = openPipe();
      close(reader);
      expect(await now([[writer, 'rw']])).toEqual([[writer, 'rw']]);
      expect(await now([[writer, 'r']])).toEqual([[writer, 'r']]);
    });

    test('a Unix socket whose peer is closed', async () => {
      const [a, b] = openPair();
      expect(await now([[a.fileno(), 'rw']])).toEqual([[a.fileno(), 'w']]);
      b.close();
      expect(await now([[a.fileno(), 'rw']])).toEqual([[a.fileno(), 'rw']]);
    });

    test('TCP: FIN and RST', async () => {
      const [client, server] = openTcp();
      const fd = server.fileno();
      expect(await now([[fd, 'rw']])).toEqual([[fd, 'w']]);
      client.shutdown(SHUT_WR);
      expect(await watch([[fd, 'r']]).wait(10)).toEqual([[fd, 'r']]);
      expect(await now([[fd, 'rw']])).toEqual([[fd, 'rw']]);
      const [other, peer] = openTcp();
      reset(other);
      expect(await watch([[peer.fileno(), 'r']]).wait(10)).toEqual([[peer.fileno(), 'r']]);
      expect(await now([[peer.fileno(), 'rw']])).toEqual([[peer.fileno(), 'rw']]);
    });

    test.skipIf(!isAsync)('TCP: RST while it waits', async () => {
      const [client, server] = openTcp();
      const done = inThisTurn(() => reset(client));
      expect(await watch([[server.fileno(), 'r']]).wait(10)).toEqual([[server.fileno(), 'r']]);
      await done;
    });

    test('a listening socket', async () => {
      const listener = openServer();
      const entries: Entry[] = [[listener.fileno(), 'rw']];
      expect(await now(entries)).toEqual([]);
      const client = closing(socket());
      client.setblocking(false);
      client.connectEx(listener.getsockname());
      expect(await watch(entries).wait(10)).toEqual([[listener.fileno(), 'r']]);
      closing(listener.accept()[0]);
      expect(await now(entries)).toEqual([]);
      expect(await watch([[client.fileno(), 'rw']]).wait(10)).toEqual([[client.fileno(), 'w']]);
    });

    test('a connect that is refused, and a socket that never was connected', async () => {
      const refused = openRefused().fileno();
      expect(await watch([[refused, 'rw']]).wait(10)).toEqual([[refused, 'rw']]);
      const unconnected = closing(socket()).fileno();
      expect(await watch([[unconnected, 'rw']]).wait(10)).toEqual([[unconnected, 'rw']]);
    });

    test.each(['/etc/passwd', '/', '/dev/null'])('%s', async (path) => {
      const fd = openFile(path);
      if (isEpoll) expect(thrown(() => watch([[fd, 'rw']]))).toEqual(osError('EPERM'));
      else expect(await watch([[fd, 'rw']]).wait()).toEqual([[fd, 'rw']]);
    });

    test.skipIf(epoll === undefined)('another epoll', async () => {
      const [r, w] = openPipe();
      const inner = closing(new Epoll());
      inner.register(r, POLLIN);
      const entries: Entry[] = [[inner.fileno(), 'rw']];
      expect(await now(entries)).toEqual([]);
      const done = isAsync ? inThisTurn(() => write(w, 'x')) : childRuns('echo', 'ignore', w);
      expect(await watch(entries).wait(10)).toEqual([[inner.fileno(), 'r']]);
      await done;
    });
  });

  describe('numbers', () => {
    for (const number of [1023, 1024, 1025, 4097, MAX_FDS - 1]) {
      (name.startsWith('select') ? testHighFds : test)(`the fd ${number}`, async () => {
        const [r, w] = openPipe();
        const high = openAt(r, number);
        const watched = watch([[high, 'r']]);
        expect(await watched.wait(0.002)).toEqual([]);
        const done = isAsync ? inThisTurn(() => write(w, 'x')) : childRuns('echo', 'ignore', w);
        expect(await watched.wait(10)).toEqual([[high, 'r']]);
        await done;
      });
    }

    test('an fd number that is used for another file between two waits', async () => {
      for (let round = 0; round < 3; round++) {
        const [[r1, w1], [r2, w2]] = [openPipe(), openPipe()];
        expect(await watch([[r1, 'r']]).wait(0.002)).toEqual([]);
        close(r1);
        openAt(r2, r1);
        const watched = watch([[r1, 'r']]);
        expect(await watched.wait(0.002)).toEqual([]);
        const done = isAsync ? inThisTurn(() => write(w2, 'x')) : childRuns('echo', 'ignore', w2);
        expect(await watched.wait(10)).toEqual([[r1, 'r']]);
        await done;
        close(w1);
      }
    });

    test('the same while a duplicate of the old file is open and becomes ready', async () => {
      const [[r1, w1], [r2, w2]] = [openPipe(), openPipe()];
      expect(await watch([[r1, 'r']]).wait(0.002)).toEqual([]);
      closing(dup(r1));
      close(r1);
      openAt(r2, r1);
      const watched = watch([[r1, 'r']]);
      write(w1, 'x');
      expect(await watched.wait(0.05)).toEqual([]);
      const done = isAsync ? inThisTurn(() => write(w2, 'x')) : childRuns('echo', 'ignore', w2);
      expect(await watched.wait(10)).toEqual([[r1, 'r']]);
      await done;
    });

    test.skipIf(isEpoll)('by number, one set watches whatever file has it', async () => {
      const [[r1], [r2, w2]] = [openPipe(), openPipe()];
      const watched = watch([[r1, 'r']]);
      expect(await watched.wait(0.002)).toEqual([]);
      close(r1);
      openAt(r2, r1);
      expect(await watched.wait(0.002)).toEqual([]);
      const done = isAsync ? inThisTurn(() => write(w2, 'x')) : childRuns('echo', 'ignore', w2);
      expect(await watched.wait(10)).toEqual([[r1, 'r']]);
      await done;
    });
  });

  const counts = name.startsWith('select') ? [2000] : [2000, 20_000];
  // Some are open already, and need not be few: as many as there is room for.
  const most = MAX_FDS - 500;
  const feasible = counts.filter((wanted) => most >= wanted / 2);
  if (feasible.length < counts.length) test.skip(`more fds: RLIMIT_NOFILE is only ${MAX_FDS}`);
  const testMany = name.startsWith('select') ? testHighFds : test;
  for (const wanted of feasible)
    testMany(`${wanted} fds, or as many as there may be`, async () => {
      const count = Math.min(wanted, most);
      // No duplicates: the kernel lets one file be in nested epoll sets only 500 times.
      const entries = Array.from({ length: count / 2 }, openPipe)
        .flat()
        .map((fd): Entry => [fd, 'r']);
      const [r, w] = openPipe();
      const watched = watch([...entries.slice(1), [r, 'r'], ...entries.slice(0, 1)]);
      expect(await watched.wait(0.002)).toEqual([]);
      const done = isAsync ? inThisTurn(() => write(w, 'x')) : childRuns('echo', 'ignore', w);
      expect(await watched.wait(10)).toEqual([[r, 'r']]);
      await done;
      const writers = entries.filter((_, i) => i % 2 === 1).map(([fd]): Entry => [fd, 'w']);
      const ready: Entry[] = [...writers, [r, 'r']];
      expect(await now(ready)).toEqual(ready.toSorted(byFd));
    });
});
