/** Scenario K: what an event loop does in its turns: calls, a timer, a file descriptor. */
import { EventLoop } from 'fdselect/loop';
import { pipe, read, write } from 'fdselect/os';
import type { Scenario } from '../../play/scenario.js';

/** Seconds until the timer. */
const DELAY = 0.3;

export const scenario: Scenario = {
  name: 'loop-turns',
  title: 'The turns of an event loop',
  intro:
    'A turn is: how long may it sleep, one wait, then the callbacks. The program adds a call and a pipe; ' +
    'the call adds a timer, and the timer writes into the pipe.',
  lessons: [23],
  columns: ['select', 'poll', 'epoll'],
  shown: ['poll'],
  whatIfs: [{ name: '', title: 'a call, a timer, a pipe' }],
  predictions: [
    {
      beat: 2,
      question:
        'The timer is due in 300 ms, and nothing else is to be done. For how long may the wait sleep?',
      choices: [
        {
          text: 'For ever: the pipe may become readable',
          why: 'Then the timer would be late. No signal or thread ends the wait for a timer.',
        },
        {
          text: 'For the time until the next timer',
          isRight: true,
          why: 'That is how one wait serves timers and file descriptors alike. The time is rounded up.',
        },
        {
          text: 'Not at all: it asks with a timeout of 0 until the timer is due',
          why: 'That would burn a CPU for 300 ms.',
        },
      ],
    },
  ],

  server(stage, selector) {
    stage.mark(0, 'the set-up');
    const [reader, writer] = pipe();
    const loop = new EventLoop({ selector: selector as 'select' | 'poll' | 'epoll' });
    const onTimer = () => {
      stage.mark(3, 'the timer writes into the pipe');
      write(writer, 'x');
      stage.mark(4, 'the next turn: the pipe is readable');
    };
    loop.callSoon(() => {
      loop.callLater(DELAY, onTimer);
      stage.mark(2, 'the second turn: it sleeps until the timer is due');
    });
    const watch = loop.watch(reader, 'r', () => {
      read(reader, 64);
      watch.cancel();
    });
    stage.mark(1, 'the first turn: a call is due, so it does not sleep');
    loop.run();
  },
};
