/** Checks the exercise of lesson 19: a loop that a signal ends. */
import { spawn } from 'node:child_process';
import { socketpair } from 'fdselect/socket';
import { type Exercise, fail } from '../../exercises/exercise.js';

export const exercise: Exercise = {
  hints: [
    'No JavaScript runs while `select` sleeps. What can end the sleep?',
    "`signalPipe('SIGUSR2')` makes the signal an fd.",
    'Give the signal pipe to `select` beside the socket; end when it is in the answer.',
  ],
  checks: [
    {
      says: 'it ends when the signal comes before the first wait',
      run: ({ serveUntilSignal }) => {
        const [, socket] = socketpair();
        serveUntilSignal(socket, () => process.kill(process.pid, 'SIGUSR2'));
      },
    },
    {
      says: 'it ends when the signal comes in the middle of a wait',
      run: ({ serveUntilSignal }) => {
        const [, socket] = socketpair();
        serveUntilSignal(socket, () => {
          spawn('kill', ['-USR2', String(process.pid)], { stdio: 'ignore' });
        });
      },
    },
    {
      says: 'what the client sent before the signal is read',
      run: ({ serveUntilSignal }) => {
        const [client, socket] = socketpair();
        client.send('hello');
        const bytes = serveUntilSignal(socket, () => process.kill(process.pid, 'SIGUSR2'));
        if (bytes !== 5) fail(`${bytes} of 5 bytes were read`);
      },
    },
  ],
};
