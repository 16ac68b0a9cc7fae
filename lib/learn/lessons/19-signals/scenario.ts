/** Scenario F: a signal comes while the program sleeps in a wait. */
import { POLLIN, poll } from 'fdselect';
import { signalPipe } from 'fdselect/signal';
import type { Scenario } from '../../play/scenario.js';

const SIGNAL = 'SIGUSR1';
/** The wait without a pipe is not ended by the signal: so long it goes on, in milliseconds. */
const PATIENCE_MS = 300;

export const scenario: Scenario = {
  name: 'signal',
  title: 'A signal that comes during a wait',
  intro:
    'The handler is JavaScript, and no JavaScript runs while the thread sleeps in a wait. With signalPipe, ' +
    'the C handler writes a byte into a pipe, and the pipe is watched.',
  lessons: [19],
  columns: ['process.on', 'signalPipe'],
  whatIfs: [{ name: '', title: 'one signal' }],
  predictions: [
    {
      beat: 2,
      question: 'The signal comes 2 ms after the wait has begun. When does each of them know?',
      choices: [
        {
          text: 'Both at once: the kernel interrupts the wait',
          why: 'It does, with EINTR. But the handler is JavaScript, and the library waits on for the time that is left.',
        },
        {
          text: 'process.on after the wait, signalPipe at once',
          isRight: true,
          why: 'The byte in the pipe makes the pipe readable, and that ends the wait.',
        },
      ],
    },
  ],

  async server(stage, how) {
    stage.mark(0, 'the set-up');
    const poller = poll();
    let hasRun = false;
    if (how === 'process.on') process.once(SIGNAL, () => (hasRun = true));
    const pipe = how === 'signalPipe' ? signalPipe(SIGNAL) : null;
    if (pipe !== null) poller.register(pipe, POLLIN);
    await stage.startClient([]);
    stage.mark(1, 'the program waits');
    stage.aboutToSleep();
    poller.poll(PATIENCE_MS);
    stage.mark(3, 'what the program knows when the wait has ended');
    if (pipe === null) {
      poller.poll(0);
      while (!hasRun) await new Promise((resolve) => setImmediate(resolve));
      stage.mark(4, 'the event loop had its turn: the handler has run');
      poller.poll(0);
    } else pipe.read();
  },

  client(stage) {
    stage.whenAsleep();
    stage.mark(2, 'the signal comes');
    process.kill(process.pid, SIGNAL);
  },
};
