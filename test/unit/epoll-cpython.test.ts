/** The cases of CPython's test_epoll, in our own code. */
import { readFileSync } from 'node:fs';
import { EPOLL_CLOEXEC, EPOLLET, EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
import { dup } from 'fdselect/os';
import type { Socket } from 'fdselect/socket';
import { expect, test } from 'vitest';
import { closing, openPipe, openTcp } from '../support/sandbox.ts';
import { osError, rangeError, thrown, typeError } from '../support/thrown.ts';

type Pair = [fd: number, events: number];

const closedError: unknown = expect.objectContaining({ code: 'ERR_CLOSED' });

function byFd(a: Pair, b: Pair): number {
  return a[0] - b[0];
}

test('test_create: closed, fileno, sizehint, flags', () => {
  const poller = closing(epoll(16));
  expect(poller.fileno()).toBeGreaterThan(0);
  expect(poller.closed).toBe(false);
  poller.close();
  expect(poller.closed).toBe(true);
  expect(thrown(() => poller.fileno())).toEqual(closedError);
  closing(epoll(-1, EPOLL_CLOEXEC));
  closing(epoll(-1, 0));
});

test('test_badcreate: bad arguments', () => {
  for (const sizehint of ['foo', null, {}] as unknown as number[]) {
    expect(thrown(() => epoll(sizehint))).toEqual(typeError);
  }
  for (const sizehint of [0, -2]) expect(thrown(() => epoll(sizehint))).toEqual(rangeError);
  expect(thrown(() => epoll(-1, 12356))).toEqual(osError('EINVAL'));
});

test('test_context_manager: `using` closes', () => {
  let outer: ReturnType<typeof epoll>;
  {
    using poller = epoll(16);
    outer = poller;
    expect(poller.fileno()).toBeGreaterThan(0);
    expect(poller.closed).toBe(false);
  }
  expect(outer.closed).toBe(true);
  expect(thrown(() => outer.fileno())).toEqual(closedError);
});

test('test_add: by number and by object, invalid values, twice', () => {
  const [client, server] = openTcp();
  for (const [a, b] of [
    [client, server],
    [client.fileno(), server.fileno()],
  ] as [Socket | number, Socket | number][]) {
    const poller = closing(epoll(2));
    poller.register(a, EPOLLIN | EPOLLOUT);
    poller.register(b, EPOLLIN | EPOLLOUT);
    poller.close();
  }
  const poller = closing(epoll(2));
  const object = {} as { fileno(): number };
  expect(thrown(() => poller.register(object, EPOLLIN))).toEqual(typeError);
  expect(thrown(() => poller.register(null as unknown as number, EPOLLIN))).toEqual(typeError);
  expect(thrown(() => poller.register(-1, EPOLLIN))).toEqual(rangeError);
  expect(thrown(() => poller.register(10_000_000, EPOLLIN))).toEqual(osError('EBADF'));
  poller.register(client, EPOLLIN);
  expect(thrown(() => poller.register(client, EPOLLIN))).toEqual(osError('EEXIST'));
});

test('test_fromfd: two objects on one set; closing one closes the other', () => {
  const [client, server] = openTcp();
  const poller = closing(epoll(2));
  const second = closing(epoll.fromfd(poller.fileno()));
  second.register(server, EPOLLIN | EPOLLOUT);
  second.register(client, EPOLLIN | EPOLLOUT);
  const events = poller.poll(1, 4);
  const events2 = second.poll(0.9, 4);
  expect([events.length, events2.length]).toEqual([2, 2]);
  poller.close();
  expect(thrown(() => second.poll(1, 4))).toEqual(osError('EBADF'));
});

test('test_control_and_wait: edges, both directions, modify, unregister', () => {
  const [client, server] = openTcp();
  const poller = closing(epoll(16));
  poller.register(server, EPOLLIN | EPOLLOUT | EPOLLET);
  poller.register(client, EPOLLIN | EPOLLOUT | EPOLLET);
  const start = performance.now();
  const writable: Pair[] = [
    [client.fileno(), EPOLLOUT],
    [server.fileno(), EPOLLOUT],
  ];
  expect(poller.poll(10, 4).sort(byFd)).toEqual(writable.sort(byFd));
  expect(performance.now() - start).toBeLessThan(9000);
  expect(poller.poll(0.1, 4)).toEqual([]);

  client.sendall(Buffer.from('Hello!'));
  server.sendall(Buffer.from('world!!!'));
  const both = new Map<number, number>();
  while (![...both.values()].every((bits) => (bits & EPOLLIN) !== 0) || both.size < 2) {
    for (const [fd, bits] of poller.poll(5, 4)) both.set(fd, (both.get(fd) ?? 0) | bits);
  }
  expect(both).toEqual(
    new Map([
      [client.fileno(), EPOLLIN | EPOLLOUT],
      [server.fileno(), EPOLLIN | EPOLLOUT],
    ]),
  );

  poller.unregister(client);
  poller.modify(server, EPOLLOUT);
  expect(poller.poll(1, 4)).toEqual([[server.fileno(), EPOLLOUT]]);
});

test('test_errors: sizehint and maxevents', () => {
  expect(thrown(() => epoll(-2))).toEqual(rangeError);
  expect(thrown(() => closing(epoll()).poll(undefined, -2))).toEqual(rangeError);
});

test('test_unregister_closed: EBADF', () => {
  const [client] = openTcp();
  const fd = client.fileno();
  const poller = closing(epoll(16));
  poller.register(client);
  client.close();
  expect(thrown(() => poller.unregister(fd))).toEqual(osError('EBADF'));
});

test('test_close: idempotent; nothing works afterwards', () => {
  const [r] = openPipe();
  const poller = closing(epoll());
  const fd = poller.fileno();
  poller.close();
  expect(thrown(() => dup(fd))).toEqual(osError('EBADF'));
  poller.close();
  expect(poller.closed).toBe(true);
  expect(thrown(() => poller.modify(r, EPOLLIN))).toEqual(closedError);
  expect(thrown(() => poller.fileno())).toEqual(closedError);
  expect(thrown(() => poller.poll(1))).toEqual(closedError);
  expect(thrown(() => poller.register(r, EPOLLIN))).toEqual(closedError);
  expect(thrown(() => poller.unregister(r))).toEqual(closedError);
  poller[Symbol.dispose]();
});

test('test_fd_non_inheritable: the fd closes on exec', () => {
  const poller = closing(epoll());
  const text = readFileSync(`/proc/self/fdinfo/${poller.fileno()}`, 'utf8');
  expect(Number.parseInt(/flags:\s+([0-7]+)/.exec(text)?.[1] ?? '', 8) & 0o2000000).not.toBe(0);
});
