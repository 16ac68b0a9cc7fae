/** Scenario H: a client connects, and the server has no number left for it. */
import { closeSync, openSync } from 'node:fs';
import { POLLIN, poll } from 'fdselect';
import { close, dup } from 'fdselect/os';
import { createConnection, createServer, type Socket } from 'fdselect/socket';
import type { Scenario } from '../../play/scenario.js';

/** So long the server waits where nothing is to be done, in milliseconds. */
const PATIENCE_MS = 50;

/** Takes up every number that is left; Node opens the files, so that the recording is about the server. */
function takeAll(): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    return taken;
  }
}

export const scenario: Scenario = {
  name: 'full',
  title: 'No file descriptor left',
  intro:
    'accept needs a free number. Where none is left it fails with EMFILE, and the connection stays in the queue: ' +
    'the listener stays readable.',
  lessons: [18],
  columns: ['spin', 'pause', 'reserve'],
  whatIfs: [{ name: '', title: 'one client' }],
  maxFds: 64,
  predictions: [
    {
      beat: 3,
      question: 'accept has failed with EMFILE. What does the next wait answer?',
      choices: [
        {
          text: 'Nothing: the connection was refused',
          why: 'accept has failed before it took anything: the connection is still in the queue.',
        },
        {
          text: 'The listener is readable, at once',
          isRight: true,
          why: 'Level-triggered means "is": a connection waits. A server that only tries again burns a CPU.',
        },
      ],
    },
  ],

  server(stage, how) {
    stage.mark(0, 'the set-up: every number is taken');
    const listener = createServer(['127.0.0.1', 0]);
    listener.setblocking(false);
    const poller = poll();
    poller.register(listener, POLLIN);
    let reserve = how === 'reserve' ? dup(0) : -1;
    const taken = takeAll();

    /** Accepts one client. False: no number is left. */
    const accept = () => {
      try {
        listener.tryAccept()?.[0].close();
        return true;
      } catch {
        return false;
      }
    };
    const onFull = () => {
      if (how === 'pause') poller.unregister(listener);
      if (how !== 'reserve') return;
      // Accepts and closes: the client learns at once that it is not served.
      close(reserve);
      accept();
      reserve = dup(0);
    };
    const turn = () => {
      if (poller.poll(PATIENCE_MS).length > 0 && !accept()) onFull();
    };

    stage.mark(1, 'a client connects');
    closeSync(taken.pop() as number);
    const client: Socket = createConnection(listener.getsockname());
    stage.mark(2, 'the server waits, and accepts');
    turn();
    stage.mark(3, 'and again');
    turn();
    stage.mark(4, 'a number becomes free, and the server accepts');
    closeSync(taken.pop() as number);
    if (how === 'pause') poller.register(listener, POLLIN);
    turn();
    for (const fd of taken) closeSync(fd);
    client.close();
    listener.close();
  },
};
