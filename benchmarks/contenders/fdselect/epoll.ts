/** fdselect's epoll(), in a loop that owns the thread. */
import { EPOLLIN, EPOLLOUT, type Epoll, epoll } from 'fdselect';
import { since } from '../clock.js';
import type { Calls, Churn, Echo, Wake } from '../roles.js';
import { EchoServer, NOTHING, WRITE } from './echo-server.js';
import { stampReader } from './stamp-reader.js';

export const echo: Echo = () => {
  const server = new EchoServer();
  const listener = server.listener.fileno();
  const set = epoll();
  set.register(listener, EPOLLIN);
  const events = new Int32Array(2048);
  for (;;) {
    const found = set.pollInto(events);
    for (let i = 0; i < 2 * found; i += 2) {
      const fd = events[i] as number;
      if (fd === listener) {
        for (const newcomer of server.accept()) set.register(newcomer, EPOLLIN);
        continue;
      }
      const isOwing = ((events[i + 1] as number) & EPOLLOUT) !== 0;
      const next = isOwing ? server.onWritable(fd) : server.onReadable(fd);
      if (next === NOTHING) {
        set.unregister(fd);
        server.close(fd);
      } else if ((next === WRITE) !== isOwing) {
        set.modify(fd, next === WRITE ? EPOLLOUT : EPOLLIN);
      }
    }
  }
};

export const calls: Calls = (fds, rounds) => {
  const set = registered(fds);
  let [found, sum] = [0, 0];
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) {
    const answer = set.poll(0);
    for (const [fd, events] of answer) sum += fd + events;
    found = answer.length;
  }
  const ns = since(start, rounds);
  set.close();
  return { ns, found, sum };
};

export const churn: Churn = (fds, rounds) => {
  const set = epoll();
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) {
    for (const fd of fds) set.register(fd, EPOLLIN);
    for (const fd of fds) set.modify(fd, EPOLLIN | EPOLLOUT);
    for (const fd of fds) set.unregister(fd);
  }
  const ns = since(start, rounds * fds.length * 3);
  set.close();
  return { ns, found: 0, sum: 0 };
};

export const wake: Wake = (stamps) => {
  const set = registered(stamps.fds);
  const take = stampReader(stamps);
  const events = new Int32Array(2 * stamps.fds.length);
  return () => {
    while (!stamps.isComplete) {
      const found = set.pollInto(events);
      stamps.told();
      for (let i = 0; i < 2 * found; i += 2) take(events[i] as number);
    }
  };
};

export function registered(fds: readonly number[]): Epoll {
  const set = epoll();
  for (const fd of fds) set.register(fd, EPOLLIN);
  return set;
}
