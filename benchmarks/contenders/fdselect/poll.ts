/** fdselect's poll(), in a loop that owns the thread. */
import { POLLIN, POLLOUT, type Poll, poll } from 'fdselect';
import { since } from '../clock.js';
import type { Calls, Churn, Echo, Wake } from '../roles.js';
import { EchoServer, NOTHING, WRITE } from './echo-server.js';
import { stampReader } from './stamp-reader.js';

/** Room for 10,000 connections: without room, the rest would need another poll(2). */
const ROOM = 16_384;

export const echo: Echo = () => {
  const server = new EchoServer();
  const listener = server.listener.fileno();
  const poller = poll();
  poller.register(listener, POLLIN);
  const events = new Int32Array(2 * ROOM);
  for (;;) {
    const found = poller.pollInto(events);
    for (let i = 0; i < 2 * found; i += 2) {
      const fd = events[i] as number;
      if (fd === listener) {
        for (const newcomer of server.accept()) poller.register(newcomer, POLLIN);
        continue;
      }
      const isOwing = ((events[i + 1] as number) & POLLOUT) !== 0;
      const next = isOwing ? server.onWritable(fd) : server.onReadable(fd);
      if (next === NOTHING) {
        poller.unregister(fd);
        server.close(fd);
      } else if ((next === WRITE) !== isOwing) {
        poller.modify(fd, next === WRITE ? POLLOUT : POLLIN);
      }
    }
  }
};

// The loops are written out, as they are in C and Python: a callback for each round would be
// measured as well.

export const calls: Calls = (fds, rounds) => {
  const poller = registered(fds);
  let [found, sum] = [0, 0];
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) {
    const answer = poller.poll(0);
    for (const [fd, events] of answer) sum += fd + events;
    found = answer.length;
  }
  return { ns: since(start, rounds), found, sum };
};

export const churn: Churn = (fds, rounds) => {
  const poller = poll();
  const start = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) {
    for (const fd of fds) poller.register(fd, POLLIN);
    for (const fd of fds) poller.modify(fd, POLLIN | POLLOUT);
    for (const fd of fds) poller.unregister(fd);
  }
  return { ns: since(start, rounds * fds.length * 3), found: 0, sum: 0 };
};

export const wake: Wake = (stamps) => {
  const poller = registered(stamps.fds);
  const take = stampReader(stamps);
  const events = new Int32Array(2 * stamps.fds.length);
  return () => {
    while (!stamps.isComplete) {
      const found = poller.pollInto(events);
      stamps.told();
      for (let i = 0; i < 2 * found; i += 2) take(events[i] as number);
    }
  };
};

export function registered(fds: readonly number[]): Poll {
  const poller = poll();
  for (const fd of fds) poller.register(fd, POLLIN);
  return poller;
}
