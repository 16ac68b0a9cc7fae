/** Scenario D: the readiness table of lesson 6. Each beat makes one situation and asks about it. */
import { epoll, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, poll, select } from 'fdselect';
import { inSituation, situations } from '../../course/situations.js';
import type { Scenario } from '../../play/scenario.js';

const ALL = POLLIN | POLLPRI | POLLOUT | (POLLRDHUP ?? 0);

/** Asks about one fd, without waiting. */
const ASK: Record<string, (fd: number | { fileno(): number }) => void> = {
  select: (fd) => select([fd], [fd], [fd], 0),
  poll: (fd) => {
    const poller = poll();
    poller.register(fd, ALL);
    poller.poll(0);
  },
  epoll: (fd) => {
    const set = epoll();
    try {
      // The bits of epoll that have a name in poll have the same value.
      set.register(fd, ALL);
      set.poll(0);
    } finally {
      set.close();
    }
  },
};

export const scenario: Scenario = {
  name: 'readiness',
  title: 'When is it ready?',
  intro:
    'Each beat is a row of the readiness table: it makes one situation, and asks about one file descriptor. ' +
    'poll and epoll are asked for IN, PRI, OUT and RDHUP, select with all three sets.',
  lessons: [6],
  columns: ['select', 'poll', 'epoll'],
  whatIfs: [{ name: '', title: 'as it is' }],
  data: 'head',
  predictions: [],

  server(stage, how) {
    for (const [n, [name, make]] of situations.entries()) {
      stage.mark(n + 1, name);
      try {
        inSituation(make, ASK[how] as (typeof ASK)[string]);
      } catch {
        // select and epoll refuse some: the recording has the error.
      }
    }
  },
};
