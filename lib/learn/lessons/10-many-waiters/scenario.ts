/** Scenario E: four threads wait for one listener, and clients connect. How many threads wake up? */
import { EPOLLET, EPOLLEXCLUSIVE, EPOLLIN, epoll, POLLIN, poll, select } from 'fdselect';
import { dup } from 'fdselect/os';
import {
  AF_INET,
  createConnection,
  createServer,
  SOCK_STREAM,
  type Socket,
  socket,
} from 'fdselect/socket';
import type { Scenario } from '../../play/scenario.js';
import { Waiters } from '../../play/waiters.js';

const WAITERS = 4;

/** @param shared - the number of the epoll that all threads use, where they share one */
function waitFor(how: string, listener: Socket, shared: number | undefined): () => unknown {
  if (how === 'select') return () => select([listener], [], []);
  if (how === 'poll') {
    const poller = poll();
    poller.register(listener, POLLIN);
    return () => poller.poll();
  }
  if (shared !== undefined) {
    const set = epoll.fromfd(shared);
    return () => set.poll();
  }
  const set = epoll();
  set.register(listener, how === 'exclusive' ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN);
  return () => set.poll();
}

export const scenario: Scenario = {
  name: 'herd',
  title: 'The thundering herd',
  intro:
    'Four threads wait for the same listening socket, each under a number of its own, as four processes would. ' +
    'Clients connect, one after the other. A thread that gets a connection serves it, and waits no more.',
  lessons: [10],
  columns: ['select', 'poll', 'epoll', 'exclusive', 'shared'],
  shown: ['epoll', 'exclusive', 'shared'],
  actors: ['clients', 'waiter 1', 'waiter 2', 'waiter 3', 'waiter 4'],
  whatIfs: [{ name: '', title: 'four clients' }],
  predictions: [
    {
      beat: 2,
      question:
        'All four threads sleep, and one client connects. How many threads does the kernel wake?',
      choices: [
        {
          text: 'One in each column: there is one connection',
          why: 'The kernel does not know what a thread will do. It wakes all that have asked, unless they say EPOLLEXCLUSIVE.',
        },
        {
          text: 'Four with an epoll for each thread; one with EPOLLEXCLUSIVE; one with a shared epoll',
          isRight: true,
          why: 'Each set has an entry for the listener, and each reports it. EPOLLEXCLUSIVE wakes only the first thread that sleeps; an edge-triggered entry of a shared set is reported once.',
        },
        {
          text: 'Four in each column',
          why: 'EPOLLEXCLUSIVE is there to prevent that, and an edge-triggered entry of a shared set is reported once.',
        },
      ],
    },
    {
      beat: 3,
      question: 'Each thread that was woken calls accept. What do they find?',
      choices: [
        {
          text: 'The first finds the connection, the others EAGAIN',
          isRight: true,
          why: 'Three of four wake-ups were for nothing. With a blocking listener the three would sleep in accept now.',
        },
        {
          text: 'Each finds a connection',
          why: 'One client has connected, so there is one connection in the queue.',
        },
      ],
    },
    {
      beat: 4,
      question: 'One thread is busy now. A second client connects. How many wake up this time?',
      choices: [
        {
          text: 'Three, one and one',
          isRight: true,
          why: 'All that sleep are woken again, so four connections cost 4 + 3 + 2 + 1 wake-ups; where one is woken, they cost four.',
        },
        {
          text: 'None: the listener was reported already',
          why: 'The queue was empty in between, and a new connection is a new event, also for edge-triggered entries.',
        },
      ],
    },
  ],

  async server(stage, how) {
    stage.mark(0, 'the set-up');
    const listener = createServer(['127.0.0.1', 0]);
    listener.setblocking(false);
    const address = listener.getsockname();
    const shared = how === 'shared' ? epoll() : null;
    shared?.register(listener, EPOLLIN | EPOLLET);

    stage.mark(1, 'four threads begin to wait');
    const waiters = new Waiters();
    for (let i = 0; i < WAITERS; i++) {
      await waiters.start([dup(listener), ...(shared ? [dup(shared)] : [])]);
    }
    const clients: Socket[] = [];
    for (let i = 1; i <= WAITERS; i++) {
      stage.mark(2 * i, `client ${i} connects`);
      clients.push(createConnection(address));
      const woken = waiters.woken();
      stage.mark(2 * i + 1, 'each thread that was woken calls accept');
      for (const one of woken) waiters.giveTurn(one);
    }
    await waiters.end();
  },

  waiter(waiter, how) {
    const [number, shared] = waiter.fds;
    const listener = socket(AF_INET, SOCK_STREAM, 0, number);
    const wait = waitFor(how, listener, shared);
    do {
      waiter.wait(wait);
      waiter.takeTurn();
    } while (listener.tryAccept() === null);
    waiter.end();
  },
};
