/** Scenario A: five clients, and one of them speaks. How does the server find out which? */
import { EPOLLIN, epoll, POLLIN, poll, select } from 'fdselect';
import { close, read, write } from 'fdselect/os';
import { type Socket, socketpair } from 'fdselect/socket';
import type { Scenario } from '../../play/scenario.js';

/** The common part of the three mechanisms. */
interface Waiter {
  wait(): Socket[];
  forget(socket: Socket): void;
}

function waiterFor(how: string, sockets: Set<Socket>, timeout: number | null): Waiter {
  const named = (fds: [fd: number, events: number][]) =>
    fds.flatMap(([fd]) => [...sockets].filter((socket) => socket.fileno() === fd));
  if (how === 'select') {
    return {
      wait: () => select([...sockets], [], [], timeout)[0],
      forget: (socket) => sockets.delete(socket),
    };
  }
  const poller = how === 'poll' ? poll() : epoll();
  for (const socket of sockets) poller.register(socket, how === 'poll' ? POLLIN : EPOLLIN);
  return {
    wait: () => named(poller.poll(timeout)),
    forget: (socket) => {
      poller.unregister(socket);
      sockets.delete(socket);
    },
  };
}

export const scenario: Scenario = {
  name: 'five-clients',
  title: 'Five clients, one speaks',
  intro:
    'A server waits for five clients. Client 3 sends "hello" and gets it back; later client 5 leaves. ' +
    'The three columns are the same program with select, poll and epoll.',
  lessons: [3, 5, 7, 8],
  columns: ['select', 'poll', 'epoll'],
  whatIfs: [
    { name: '', title: '5 clients' },
    { name: 'many', title: '1000 clients', isLarge: true },
    { name: 'all', title: 'all five speak' },
    { name: 'no-wait', title: 'a timeout of 0' },
  ],
  predictions: [
    {
      beat: 2,
      question:
        'All are asleep. Client 3 sends five bytes. How many files does poll look at before it answers?',
      choices: [
        {
          text: 'One: the one that has data',
          why: 'That is epoll. poll has no list of those that are ready, so it asks every file of its array.',
        },
        {
          text: 'Five',
          isRight: true,
          why: 'It woke, and it does not know why: it asks all five again. It had asked them before it slept, too.',
        },
        {
          text: 'None: the kernel knows already',
          why: 'The kernel woke the thread, but poll keeps no record of who was the cause.',
        },
      ],
    },
    {
      beat: 4,
      question: 'The server waits again. Which of them has to pass the whole list once more?',
      choices: [
        {
          text: 'All three',
          why: 'epoll passes nothing: its list lies in the kernel since the beginning.',
        },
        {
          text: 'select and poll',
          isRight: true,
          why: 'Both forget everything between two calls. Look at the bytes that cross the boundary.',
        },
        {
          text: 'select only: its sets were overwritten',
          why: 'The sets were overwritten, and poll kept its array. But poll copies the array to the kernel at each call.',
        },
      ],
    },
  ],

  async server(stage, how, whatIf) {
    stage.mark(0, 'the set-up');
    const pairs = Array.from({ length: whatIf === 'many' ? 1000 : 5 }, () => socketpair());
    const open = new Set(pairs.map(([, server]) => server));
    await stage.startClient(pairs.map(([client]) => client.detach()));
    const isBusy = whatIf === 'all' || whatIf === 'no-wait';
    const { wait, forget } = waiterFor(how, open, whatIf === 'no-wait' ? 0 : null);

    if (whatIf === 'all') stage.mark(1, 'the server is busy; meanwhile all five speak');
    else stage.mark(1, 'no client speaks; the server waits');
    if (whatIf === 'no-wait') for (let turn = 0; turn < 3; turn++) wait();
    if (isBusy) stage.giveTurn();
    for (let turn = 0, hasEnded = false; !hasEnded; turn++) {
      if (whatIf === 'all' && turn === 0) stage.mark(2, 'the server waits');
      if (turn > 0) stage.mark(4, whatIf === 'no-wait' ? 'and asks again' : 'and waits again');
      if (turn > 0 && whatIf === 'no-wait') {
        wait();
        stage.giveTurn();
      } else if (turn > 0 || !isBusy) stage.aboutToSleep();
      const ready = wait();
      stage.mark(turn === 0 ? 3 : 6, turn === 0 ? 'it reads and answers' : 'it closes its end too');
      for (const socket of ready) {
        const data = socket.recv(64);
        if (data.length > 0) socket.send(data);
        else {
          forget(socket);
          socket.close();
          hasEnded = true;
        }
      }
    }
  },

  client(stage, _, whatIf) {
    const { fds } = stage;
    const speakers = whatIf === 'all' ? fds : fds.slice(2, 3);
    const speak = () => {
      if (whatIf !== 'all') stage.mark(2, 'client 3 sends "hello"');
      for (const fd of speakers) write(fd, 'hello');
    };
    const leave = () => {
      for (const fd of speakers) read(fd, 64);
      stage.mark(5, 'the last client closes');
      close(fds.at(-1) as number);
    };
    if (whatIf === 'all') stage.takeTurn(speak);
    else if (whatIf === 'no-wait') stage.takeTurn(speak);
    else {
      stage.whenAsleep();
      speak();
    }
    if (whatIf === 'no-wait') stage.takeTurn(leave);
    else {
      stage.whenAsleep();
      leave();
    }
  },
};
