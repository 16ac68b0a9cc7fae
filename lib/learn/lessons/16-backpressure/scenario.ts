/** Scenario G: a client that does not read, and what the server does with the bytes for it. */
import { POLLIN, POLLOUT, poll } from 'fdselect';
import { close, pipe, read, setBlocking, write } from 'fdselect/os';
import type { Scenario } from '../../play/scenario.js';

const MESSAGE = 30_000;
/** With so many bytes in the queue the server reads no more. */
const HIGH_WATER = 20_000;
/** So long it waits where nothing is to be done, in milliseconds. */
const PATIENCE_MS = 50;

export const scenario: Scenario = {
  name: 'sleeper',
  title: 'A client that sleeps, and the high-water mark',
  intro:
    'Messages come in on one pipe and go out on another, whose reader sleeps. A pipe holds 16 pages of 4096 bytes; ' +
    'the rest is kept in the program. The first server always asks for OUT; the second only while bytes are kept, ' +
    'and it reads no more above its high-water mark.',
  lessons: [16],
  columns: ['always-out', 'high-water'],
  whatIfs: [{ name: '', title: 'four messages of 30,000 bytes' }],
  data: 'head',
  predictions: [
    {
      beat: 1,
      question: 'Nothing is to be sent. What does a wait for OUT answer?',
      choices: [
        {
          text: 'Nothing, until the client reads',
          why: 'OUT means: there is room. An empty pipe has room.',
        },
        {
          text: 'Ready, at once, each time',
          isRight: true,
          why: 'A pipe with room is writable all the time. A loop that asks for OUT without need never sleeps.',
        },
      ],
    },
    {
      beat: 4,
      question:
        'The pipe is full, bytes are kept, and one more message is there. What does the second server do?',
      choices: [
        {
          text: 'It reads it, and keeps more',
          why: 'That is the first server: its memory grows with each message.',
        },
        {
          text: 'It leaves it in the kernel and sleeps',
          isRight: true,
          why: 'Above the mark it asks for OUT only. The sender of the messages has to wait, not the server.',
        },
      ],
    },
  ],

  server(stage, how) {
    stage.mark(0, 'the set-up');
    const [input, producer] = pipe();
    const [client, output] = pipe();
    setBlocking(output, false);
    const isCareful = how === 'high-water';
    let kept = 0;

    const flush = () => {
      try {
        kept -= write(output, Buffer.alloc(kept, 'x'));
      } catch {
        // EAGAIN: the pipe is full, and the bytes stay in the queue.
      }
    };
    const turn = () => {
      const poller = poll();
      if (!isCareful || kept < HIGH_WATER) poller.register(input, POLLIN);
      if (!isCareful || kept > 0) poller.register(output, POLLOUT);
      const ready = new Set(poller.poll(PATIENCE_MS).map(([fd]) => fd));
      if (ready.has(input)) kept += read(input, MESSAGE).length;
      if (kept > 0 && (ready.has(input) || ready.has(output))) flush();
    };
    const send = () => write(producer, Buffer.alloc(MESSAGE, 'x'));

    stage.mark(1, 'nothing is to be sent: a wait');
    for (let i = 0; i < (isCareful ? 1 : 3); i++) turn();
    stage.mark(2, 'two messages: both fit into the pipe of the client');
    for (let i = 0; i < 2; i++) {
      send();
      turn();
    }
    stage.mark(3, 'a third one: the pipe takes a part');
    send();
    turn();
    stage.mark(4, 'a fourth one: the pipe is full');
    send();
    turn();
    stage.mark(5, 'the client reads');
    read(client, 65_536);
    stage.mark(6, 'the server goes on');
    turn();
    turn();
    for (const fd of [input, producer, client, output]) close(fd);
  },
};
