/** Scenario B: ten bytes arrive, and the program reads four for each answer. When does a wait say so again? */
import { EPOLLET, EPOLLIN, EPOLLONESHOT, epoll, POLLIN, poll, select } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';
import type { Scenario } from '../../play/scenario.js';

/** Short, and long enough to be seen: nothing else can end these waits. */
const PATIENCE = 0.05;
const SIZE = 4;

interface Watch {
  /** Whether the socket is said to be ready. */
  wait(): boolean;
  /** EPOLL_CTL_MOD with the events as they are; select and poll have no such call. */
  askAgain(): void;
}

const EVENTS: Record<string, number> = {
  level: EPOLLIN,
  edge: EPOLLIN | EPOLLET,
  oneshot: EPOLLIN | EPOLLONESHOT,
};

function watchOf(how: string, socket: Socket): Watch {
  if (how === 'select') {
    const wait = () => select([socket], [], [], PATIENCE)[0].length > 0;
    return { wait, askAgain: () => {} };
  }
  if (how === 'poll') {
    const poller = poll();
    poller.register(socket, POLLIN);
    return { wait: () => poller.poll(1000 * PATIENCE).length > 0, askAgain: () => {} };
  }
  const events = EVENTS[how] ?? EPOLLIN;
  const set = epoll();
  set.register(socket, events);
  return {
    wait: () => set.poll(PATIENCE).length > 0,
    askAgain: () => set.modify(socket, events),
  };
}

export const scenario: Scenario = {
  name: 'ten-bytes',
  title: 'Ten bytes, four at a time',
  intro:
    'A client sends ten bytes. After each answer of a wait the program calls recv once, with room for four. ' +
    'Level means "is ready", edge "has become ready", oneshot "say it once".',
  lessons: [9, 12],
  columns: ['level', 'edge', 'oneshot', 'select', 'poll'],
  shown: ['level', 'edge', 'oneshot'],
  whatIfs: [
    { name: '', title: 'one recv for each answer' },
    {
      name: 'drain',
      title: 'recv until EAGAIN',
      change: { from: 'recv(4)', to: 'while (recv(4) is not EAGAIN) {}' },
    },
    {
      name: 'rearm',
      title: 'EPOLL_CTL_MOD after each answer',
      change: { from: 'recv(4)', to: 'recv(4); epoll_ctl(EPOLL_CTL_MOD)' },
    },
  ],
  predictions: [
    {
      beat: 3,
      question:
        'Four bytes are read, six are still there. What does the edge-triggered wait answer?',
      choices: [
        {
          text: 'Ready, at once',
          why: 'That is level-triggered. Edge speaks of a change, and nothing has arrived since.',
        },
        {
          text: 'Nothing, until its time is over',
          isRight: true,
          why: 'The entry left the ready list with its first answer, and only new data puts it back.',
        },
        { text: 'An error', why: 'No call has failed. The bytes lie there, and no wait says so.' },
      ],
    },
    {
      beat: 5,
      question: 'One more byte arrives. Which waits say so?',
      choices: [
        {
          text: 'All three',
          why: 'Oneshot is disarmed after its answer, also for new data, until EPOLL_CTL_MOD.',
        },
        {
          text: 'Level and edge',
          isRight: true,
          why: 'For edge, new data is a change. It reads four of the seven bytes that are there.',
        },
        {
          text: 'Level only',
          why: 'For edge the new byte is a change: the entry is listed again.',
        },
      ],
    },
    {
      beat: 7,
      question: 'EPOLL_CTL_MOD with the events as they were. What does it do for edge and oneshot?',
      choices: [
        {
          text: 'Nothing: nothing is changed',
          why: 'The kernel looks at the file again at each EPOLL_CTL_MOD, and finds the bytes.',
        },
        {
          text: 'It asks again: both report the bytes that were left',
          isRight: true,
          why: 'EPOLL_CTL_MOD looks at the file: where it is ready, the entry goes on the ready list.',
        },
        { text: 'It fails: EEXIST', why: 'EEXIST is for EPOLL_CTL_ADD of an entry that is there.' },
      ],
    },
  ],

  server(stage, how, whatIf) {
    const isDraining = whatIf === 'drain';
    const isRearming = whatIf === 'rearm';
    stage.mark(0, 'the set-up');
    const [client, server] = socketpair();
    server.setblocking(false);
    const { wait, askAgain } = watchOf(how, server);
    const buffer = Buffer.alloc(SIZE);

    /** One wait, and what is read for its answer. */
    const turn = () => {
      const isReady = wait();
      if (!isReady) return false;
      let size = server.tryRecvInto(buffer);
      while (isDraining && size !== null) size = server.tryRecvInto(buffer);
      if (isRearming) askAgain();
      return true;
    };

    stage.mark(1, 'the client sends ten bytes');
    client.send('abcdefghij');
    stage.mark(2, 'the first wait');
    turn();
    stage.mark(3, 'the second wait');
    const isSecond = turn();
    stage.mark(4, 'more waits, until one answers nothing');
    if (isSecond) while (turn());
    stage.mark(5, 'the client sends one byte more');
    client.send('k');
    turn();
    stage.mark(6, 'and a wait after that');
    turn();
    stage.mark(7, 'EPOLL_CTL_MOD with the same events, and a wait');
    askAgain();
    turn();
  },
};
