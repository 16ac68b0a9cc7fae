/** Poll: every method, mask and error. CPython's own cases are in poll-cpython.test.ts. */

import { readFileSync } from 'node:fs';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLNVAL,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  Poll,
  poll,
} from 'fdselect';
import { read, write } from 'fdselect/os';
import {
  MSG_OOB,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_ERROR,
  SOL_SOCKET,
  type Socket,
  socket,
} from 'fdselect/socket';
import { describe, expect, test } from 'vitest';
import { shown } from '../support/runtime.ts';
import {
  close,
  closing,
  openAt,
  openFile,
  openPair,
  openPipe,
  openRefused,
  openServer,
  openTcp,
  reset,
} from '../support/sandbox.ts';

const typeError = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
const rangeError = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });

/** What a call throws; for arguments that its types refuse. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

function registered(...entries: [fd: number | Socket, mask?: number | undefined][]): Poll {
  const poller = poll();
  for (const [fd, mask] of entries) poller.register(fd, mask);
  return poller;
}

/** The events of one fd, asked for with a mask. */
function revents(fd: number | Socket, mask?: number, timeout = 0): number {
  return registered([fd, mask]).poll(timeout)[0]?.[1] ?? 0;
}

const ALL = 0xffff;

describe('register, modify, unregister', () => {
  test('poll() and new Poll() are the same', () => {
    expect(poll()).toBeInstanceOf(Poll);
    expect(new Poll().poll(0)).toEqual([]);
  });

  test.each([0, 1, 65535])('the mask %s is fine', (mask) => {
    const [r] = openPipe();
    const poller = registered([r, mask]);
    poller.modify(r, mask);
  });

  test.each([65536, 2 ** 31, -1, 1.5, Number.NaN, Infinity])(
    'the mask %s is a RangeError',
    (mask) => {
      const poller = registered([0]);
      for (const run of [() => poller.register(1, mask), () => poller.modify(0, mask)]) {
        expect(thrown(run)).toEqual(rangeError);
        expect(thrown(run)).toMatchObject({ message: expect.stringContaining('eventmask') });
      }
    },
  );

  test.each([null, '1', true, 1n, {}])('the mask %s is a TypeError', (mask) => {
    const poller = registered([0]);
    expect(thrown(() => poller.register(1, mask as number))).toEqual(typeError);
    expect(thrown(() => poller.modify(0, mask as number))).toEqual(typeError);
  });

  test('modify needs its mask, and a bad mask comes before an unknown fd', () => {
    const poller = registered([0]);
    expect(thrown(() => (poller.modify as (fd: number) => void).call(poller, 0))).toEqual(
      typeError,
    );
    expect(thrown(() => poller.modify(77, -1))).toEqual(rangeError);
  });

  test.each([-1, 1.5, 2 ** 31, Number.NaN])('the fd %s is a RangeError everywhere', (fd) => {
    const poller = poll();
    expect(thrown(() => poller.register(fd))).toEqual(rangeError);
    expect(thrown(() => poller.modify(fd, 1))).toEqual(rangeError);
    expect(thrown(() => poller.unregister(fd))).toEqual(rangeError);
  });

  test('no fd is a TypeError everywhere', () => {
    const poller = poll();
    for (const fd of [undefined, null, '3', {}] as unknown as number[]) {
      expect(thrown(() => poller.register(fd))).toEqual(typeError);
      expect(thrown(() => poller.modify(fd, 1))).toEqual(typeError);
      expect(thrown(() => poller.unregister(fd))).toEqual(typeError);
    }
  });

  test('modify of an unknown fd is ENOENT, unregister a KeyError with the argument', () => {
    const poller = poll();
    expect(thrown(() => poller.modify(77, 1))).toMatchObject({ name: 'OSError', code: 'ENOENT' });
    expect(thrown(() => poller.unregister(77))).toMatchObject({
      name: 'KeyError',
      code: 'ERR_NOT_REGISTERED',
      key: 77,
      message: '77 is not registered',
    });
    const object = { fileno: () => 77 };
    expect(thrown(() => poller.unregister(object))).toMatchObject({ key: object });
  });

  test('a closed socket is the RangeError of its fd -1', () => {
    const [a] = openPair();
    const poller = registered([a]);
    a.close();
    expect(thrown(() => poller.unregister(a))).toEqual(rangeError);
  });

  test('registered by object, unregistered by number; the answer has numbers', () => {
    const [a] = openPair();
    const poller = registered([a]);
    expect(poller.poll(0)).toEqual([[a.fileno(), POLLOUT]]);
    poller.unregister(a.fileno());
    expect(poller.poll(0)).toEqual([]);
  });

  test('the order is that of registration; registering again keeps the place and sets the mask', () => {
    const fds = [openPipe()[1], openPipe()[1], openPipe()[1]] as const;
    const poller = registered(...fds.map((fd): [number] => [fd]));
    const order = () => poller.poll(0).map(([fd]) => fd);
    expect(order()).toEqual(fds);
    poller.register(fds[0], POLLOUT);
    expect(order()).toEqual(fds);
    poller.register(fds[1], POLLIN);
    expect(order()).toEqual([fds[0], fds[2]]);
    poller.register(fds[1]);
    poller.unregister(fds[0]);
    poller.register(fds[0]);
    expect(order()).toEqual([fds[1], fds[2], fds[0]]);
  });

  test('thousands of fds are registered and unregistered: the order is that of registration', () => {
    const w = openPipe()[1];
    const poller = poll();
    const expected = new Set<number>();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3000; i++) {
        poller.register(20_000 + i, 0);
        expected.add(20_000 + i);
        if (i % 3 === 0) continue;
        poller.unregister(20_000 + i - (i % 2));
        expected.delete(20_000 + i - (i % 2));
        poller.register(20_000 + i - (i % 2), 0);
        expected.add(20_000 + i - (i % 2));
      }
      for (let i = 0; i < 3000; i += 2) {
        poller.unregister(20_000 + i);
        expected.delete(20_000 + i);
      }
    }
    poller.register(w);
    expect(poller.poll(0)).toEqual([...[...expected].map((fd) => [fd, POLLNVAL]), [w, POLLOUT]]);
  });

  test('nothing is checked before the wait: a closed fd is POLLNVAL, a reused one the new file', () => {
    const [r, w] = openPipe();
    const poller = registered([w, POLLOUT], [2 ** 31 - 1, POLLIN]);
    close(w);
    expect(poller.poll(0)).toEqual([
      [w, POLLNVAL],
      [2 ** 31 - 1, POLLNVAL],
    ]);
    expect(openAt(r, w)).toBe(w);
    expect(poller.poll(0)).toEqual([
      [w, POLLHUP],
      [2 ** 31 - 1, POLLNVAL],
    ]);
  });
});

describe('the timeout, in milliseconds', () => {
  function elapsed(poller: Poll, timeout: number): number {
    const start = process.hrtime.bigint();
    poller.poll(timeout);
    return Number(process.hrtime.bigint() - start) / 1e6;
  }

  test.each([0, -0])('%s does not wait', (timeout) => {
    expect(registered([openPipe()[0]]).poll(timeout)).toEqual([]);
  });

  test.each([0.1, 1e-9, 1.1, 10.5, 50])('%s is rounded up and never shorter', (timeout) => {
    const poller = registered([openPipe()[0], POLLIN]);
    expect(elapsed(poller, timeout)).toBeGreaterThanOrEqual(Math.ceil(timeout));
  });

  test('nothing registered: it sleeps', () => {
    expect(elapsed(poll(), 30)).toBeGreaterThanOrEqual(30);
  });

  test.each([
    undefined,
    null,
    -1,
    -0.1,
    -1e-100,
    -1000,
    -(2 ** 31),
    Infinity,
    -Infinity,
    2 ** 31 - 1,
    2 ** 31 - 1.5,
  ])('%s waits, here for something that is ready', (timeout) => {
    const w = openPipe()[1];
    expect(registered([w, POLLOUT]).poll(timeout)).toEqual([[w, POLLOUT]]);
  });

  test.each([2 ** 31, 2 ** 31 - 0.5, -(2 ** 31) - 1, Number.NaN, 2 ** 64, -(2 ** 64)])(
    '%s is a RangeError that names it',
    (timeout) => {
      expect(thrown(() => poll().poll(timeout))).toEqual(rangeError);
      expect(thrown(() => poll().pollInto(new Int32Array(2), timeout))).toEqual(rangeError);
    },
  );

  test.each(shown(['1', [], true, 1n, {}]))('%s is a TypeError that names it', (_, timeout) => {
    const error = thrown(() => poll().poll(timeout as unknown as number));
    expect(error).toEqual(typeError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^timeout .*received/) });
  });
});

describe('the answer', () => {
  test('is a new array of new pairs each time', () => {
    const w = openPipe()[1];
    const poller = registered([w, POLLOUT]);
    const [first, second] = [poller.poll(0), poller.poll(0)];
    expect(first).toEqual(second);
    expect(first).not.toBe(second);
    expect(first[0]).not.toBe(second[0]);
    first.pop();
    expect(second).toEqual([[w, POLLOUT]]);
    expect(Object.isFrozen(second[0])).toBe(false);
    expect(poller.poll(0)).toEqual([[w, POLLOUT]]);
  });

  test('follows every change of readiness, mask and registration', () => {
    const [r, w] = openPipe();
    const poller = registered([r, POLLIN], [w, POLLOUT]);
    expect(poller.poll(0)).toEqual([[w, POLLOUT]]);
    write(w, 'x');
    const both = [
      [r, POLLIN],
      [w, POLLOUT],
    ];
    expect(poller.poll(0)).toEqual(both);
    expect(poller.poll(0)).toEqual(both);
    poller.modify(r, 0);
    expect(poller.poll(0)).toEqual([[w, POLLOUT]]);
    poller.modify(r, POLLIN);
    poller.unregister(w);
    poller.register(w, POLLOUT);
    expect(poller.poll(0)).toEqual(both);
    read(r, 1);
    expect(poller.poll(0)).toEqual([[w, POLLOUT]]);
  });

  test('another fd at the same position with the same events', () => {
    const [first, second] = [openPipe()[1], openPipe()[1]];
    const poller = registered([first, POLLOUT]);
    expect(poller.poll(0)).toEqual([[first, POLLOUT]]);
    poller.unregister(first);
    poller.register(second, POLLOUT);
    expect(poller.poll(0)).toEqual([[second, POLLOUT]]);
  });

  test('more registered than the process may have open: EINVAL', () => {
    const limit = Number(
      /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1],
    );
    const poller = poll();
    for (let fd = 0; fd <= limit; fd++) poller.register(fd, 0);
    expect(thrown(() => poller.poll(0))).toMatchObject({ code: 'EINVAL', syscall: 'poll' });
  });
});

describe('pollInto', () => {
  test('writes pairs and returns how many', () => {
    const [[r1, w1], [, w2]] = [openPipe(), openPipe()];
    const poller = registered([r1, POLLIN], [w1, POLLOUT], [w2, POLLOUT]);
    const events = new Int32Array(8).fill(-7);
    expect(poller.pollInto(events, 0)).toBe(2);
    expect([...events]).toEqual([w1, POLLOUT, w2, POLLOUT, -7, -7, -7, -7]);
    expect(poller.poll(0)).toEqual([
      [w1, POLLOUT],
      [w2, POLLOUT],
    ]);
  });

  test('if more are ready than fit, the next call goes on after the last; poll() starts at the first', () => {
    const fds = Array.from({ length: 5 }, () => openPipe()[1]);
    const poller = registered(...fds.map((fd): [number, number] => [fd, POLLOUT]));
    const events = new Int32Array(5); // two pairs and a number that is left alone
    const seen: number[][] = [];
    for (let i = 0; i < 5; i++) {
      expect(poller.pollInto(events, 0)).toBe(2);
      seen.push([events[0] as number, events[2] as number].map((fd) => fds.indexOf(fd)));
    }
    expect(seen).toEqual([
      [0, 1],
      [2, 3],
      [4, 0],
      [1, 2],
      [3, 4],
    ]);
    expect(events[4]).toBe(0);
    poller.pollInto(events, 0);
    expect(poller.poll(0).map(([fd]) => fd)).toEqual(fds);
  });

  test('goes on at the right fd after others were unregistered', () => {
    const fds = Array.from({ length: 6 }, () => openPipe()[1]);
    const poller = registered(...fds.map((fd): [number, number] => [fd, POLLOUT]));
    const events = new Int32Array(6);
    poller.pollInto(events, 0); // the first three
    for (const fd of fds.slice(0, 3)) poller.unregister(fd);
    events.fill(0);
    expect(poller.pollInto(events.subarray(0, 2), 0)).toBe(1);
    expect(events[0]).toBe(fds[3]);
  });

  test('the array may lie in shared memory', () => {
    const w = openPipe()[1];
    const events = new Int32Array(new SharedArrayBuffer(16));
    expect(registered([w, POLLOUT]).pollInto(events, 0)).toBe(1);
    expect([...events]).toEqual([w, POLLOUT, 0, 0]);
  });

  test.each([0, 1])('an array of length %s is a RangeError', (length) => {
    expect(thrown(() => poll().pollInto(new Int32Array(length), 0))).toEqual(rangeError);
  });

  test('a value that is not an Int32Array is a TypeError; a detached one is too short', () => {
    const events = new Int32Array(4);
    structuredClone(events.buffer, { transfer: [events.buffer] });
    expect(thrown(() => poll().pollInto(events, 0))).toEqual(rangeError);
    for (const other of [[], new Uint32Array(4), new ArrayBuffer(16), null] as unknown[]) {
      expect(thrown(() => poll().pollInto(other as Int32Array, 0))).toEqual(typeError);
    }
  });

  test('an array over a buffer that shrinks and grows', () => {
    const w = openPipe()[1];
    const buffer = new (
      ArrayBuffer as unknown as new (
        size: number,
        options: { maxByteLength: number },
      ) => ArrayBuffer & { resize(size: number): void }
    )(16, { maxByteLength: 64 });
    const events = new Int32Array(buffer);
    const poller = registered([w, POLLOUT]);
    buffer.resize(0);
    expect(thrown(() => poller.pollInto(events, 0))).toEqual(rangeError);
    buffer.resize(64);
    expect(poller.pollInto(events, 0)).toBe(1);
    expect(events[0]).toBe(w);
  });
});

describe('revents of every state (Linux)', () => {
  test('out-of-band data', () => {
    const [client, server] = openTcp();
    client.send(Buffer.from('!'), MSG_OOB);
    expect(revents(server, POLLPRI, 5000)).toBe(POLLPRI);
    expect(revents(server)).toBe(POLLPRI | POLLOUT);
    expect(revents(server, ALL)).toBe(0x106);
    server.recv(1, MSG_OOB);
    expect(revents(server)).toBe(POLLOUT);
    expect(thrown(() => server.recv(1, MSG_OOB))).toMatchObject({ code: 'EINVAL' });
  });

  test('FIN of the peer, by shutdown and by close: no HUP', () => {
    const [client, server] = openTcp();
    client.shutdown(SHUT_WR);
    expect(revents(server, POLLIN, 5000)).toBe(POLLIN);
    expect(revents(server)).toBe(POLLIN | POLLOUT);
    expect(revents(server, 0)).toBe(0);
    expect(revents(server, POLLRDHUP)).toBe(POLLRDHUP);
    const [closed, other] = openTcp();
    closed.close();
    expect(revents(other, POLLIN, 5000)).toBe(POLLIN);
    expect(revents(other)).toBe(POLLIN | POLLOUT);
  });

  test('RST: POLLERR ends when SO_ERROR is read', () => {
    const [client, server] = openTcp();
    reset(client);
    expect(revents(server, POLLIN, 5000)).toBe(POLLIN | POLLERR | POLLHUP);
    expect(revents(server)).toBe(0x1d);
    expect(revents(server, 0)).toBe(POLLERR | POLLHUP);
    server.getsockopt(SOL_SOCKET, SO_ERROR);
    expect(revents(server)).toBe(0x15);
  });

  test('unconnected and refused TCP sockets', () => {
    expect(revents(closing(socket()))).toBe(POLLOUT | POLLHUP);
    const refused = openRefused();
    expect(revents(refused, POLLOUT, 5000)).toBe(POLLOUT | POLLERR | POLLHUP);
    expect(revents(refused)).toBe(0x1d);
  });

  test('a connect that waits for a full backlog: no event', () => {
    const listener = closing(socket());
    listener.bind(['127.0.0.1', 0]);
    listener.listen(0);
    const clients = Array.from({ length: 4 }, () => {
      const client = closing(socket());
      client.setblocking(false);
      client.connectEx(listener.getsockname());
      return client;
    });
    const last = clients.at(-1) as Socket;
    expect(revents(clients[0] as Socket, POLLOUT, 5000)).toBe(POLLOUT);
    expect(revents(last)).toBe(0);
  });

  test('a listener: nothing while idle, OUT and HUP after shutdown', () => {
    const listener = openServer();
    expect(revents(listener)).toBe(0);
    listener.shutdown(SHUT_RDWR);
    expect(revents(listener)).toBe(0x14);
  });

  test('a Unix socket whose peer is closed', () => {
    const [a, b] = openPair();
    b.close();
    expect(revents(a)).toBe(0x15);
    expect(revents(a, ALL)).toBe(0x2355);
  });

  test('shutdown of this end, and of the peer', () => {
    const [a, b] = openPair();
    const mask = POLLIN | POLLPRI | POLLOUT | POLLRDHUP;
    a.shutdown(SHUT_RD);
    expect(revents(a, mask)).toBe(0x2005);
    a.shutdown(SHUT_RDWR);
    expect(revents(a, mask)).toBe(0x2015);
    expect(revents(b, mask)).toBe(0x2015);
    expect(revents(b, 0)).toBe(POLLHUP);
  });

  test('pipes: HUP without IN at the end of file, ERR without reader', () => {
    const [r, w] = openPipe();
    write(w, 'x');
    close(w);
    expect(revents(r)).toBe(POLLIN | POLLHUP);
    read(r, 1);
    expect(revents(r)).toBe(POLLHUP);
    const [reader, writer] = openPipe();
    close(reader);
    expect(revents(writer)).toBe(POLLOUT | POLLERR);
    expect(revents(writer, 0)).toBe(POLLERR);
  });

  test('a full pipe is writable again after a whole page, not after a byte', () => {
    const [r, w] = openPipe();
    expect(write(w, Buffer.alloc(65536))).toBe(65536);
    expect(revents(w, POLLOUT)).toBe(0);
    read(r, 1);
    expect(revents(w, POLLOUT)).toBe(0);
    read(r, 4095);
    expect(revents(w, POLLOUT)).toBe(POLLOUT);
  });

  test.each(['/etc/passwd', '/', '/dev/null'])('%s is always ready', (path) => {
    expect(revents(openFile(path))).toBe(POLLIN | POLLOUT);
    expect(revents(openFile(path), ALL)).toBe(0x145);
  });

  test('an idle UDP socket', () => {
    const udp = closing(socket(undefined, 2));
    expect(revents(udp, ALL)).toBe(0x304);
  });

  test('a closed fd is NVAL alone, whatever the mask', () => {
    const [r, w] = openPipe();
    close(r);
    close(w);
    for (const mask of [0, POLLIN, ALL]) expect(revents(w, mask)).toBe(POLLNVAL);
  });

  test('two numbers of one file are both reported', () => {
    const [, w] = openPipe();
    const other = openAt(w, 500);
    expect(registered([w, POLLOUT], [other, POLLOUT]).poll(0)).toEqual([
      [w, POLLOUT],
      [other, POLLOUT],
    ]);
  });
});
