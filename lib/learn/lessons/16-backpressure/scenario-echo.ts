/** Scenario J: how many calls an echo takes: ask before each send, or send first. */
import { EPOLLIN, EPOLLOUT, epoll, POLLIN, POLLOUT, poll } from 'fdselect';
import { read, write } from 'fdselect/os';
import { type Socket, socketpair } from 'fdselect/socket';
import type { Scenario } from '../../play/scenario.js';

/** Answers one message: it has arrived, and `wait` can be called for more. */
type Answer = (message: Buffer) => void;

interface Server {
  wait(): void;
  answer: Answer;
}

const SERVERS: Record<string, (socket: Socket) => Server> = {
  'epoll-asks': (socket) => {
    const set = epoll();
    set.register(socket, EPOLLIN);
    return {
      wait: () => set.poll(),
      answer: (message) => {
        set.modify(socket, EPOLLOUT);
        set.poll();
        socket.send(message);
        set.modify(socket, EPOLLIN);
      },
    };
  },
  'poll-asks': (socket) => {
    const poller = poll();
    poller.register(socket, POLLIN);
    return {
      wait: () => poller.poll(),
      answer: (message) => {
        // The array is the program's own: to change it is no call of the kernel.
        poller.modify(socket, POLLOUT);
        poller.poll();
        socket.send(message);
        poller.modify(socket, POLLIN);
      },
    };
  },
  'epoll-sends': (socket) => {
    const set = epoll();
    set.register(socket, EPOLLIN);
    // Only where send takes less than all, the program asks for EPOLLOUT and keeps the rest.
    return { wait: () => set.poll(), answer: (message) => socket.send(message) };
  },
};

export const scenario: Scenario = {
  name: 'echo-calls',
  title: 'An echo in 6, 4 and 3 calls',
  intro:
    'A message arrives and is sent back. Two servers ask first whether the socket is writable; the third sends, ' +
    'and would ask only if the kernel did not take all.',
  lessons: [16, 8],
  columns: Object.keys(SERVERS),
  whatIfs: [{ name: '', title: 'two messages' }],
  predictions: [
    {
      beat: 3,
      question:
        'The message has arrived. How many calls does the first server make until it waits again?',
      choices: [
        { text: 'Two: recv and send', why: 'That is the server which sends first.' },
        {
          text: 'Five: recv, epoll_ctl, epoll_wait, send, epoll_ctl',
          isRight: true,
          why: 'It asks for EPOLLOUT, is answered at once, sends, and asks for EPOLLIN again.',
        },
        {
          text: 'Three: recv, epoll_wait, send',
          why: 'That is poll, whose array is changed without a call. With epoll each change is an epoll_ctl.',
        },
      ],
    },
  ],

  async server(stage, how) {
    stage.mark(0, 'the set-up');
    const [client, socket] = socketpair();
    const { wait, answer } = (SERVERS[how] as (socket: Socket) => Server)(socket);
    await stage.startClient([client.detach()]);
    for (const first of [1, 4]) {
      stage.mark(first, first === 1 ? 'the server waits' : 'and waits again');
      stage.aboutToSleep();
      wait();
      stage.mark(first + 2, 'the server answers');
      answer(socket.recv(64));
    }
  },

  client(stage) {
    const [fd = -1] = stage.fds;
    stage.whenAsleep();
    stage.mark(2, 'the client sends "ping"');
    write(fd, 'ping');
    stage.whenAsleep();
    read(fd, 64);
    stage.mark(5, 'the client sends "pong"');
    write(fd, 'pong');
  },
};
