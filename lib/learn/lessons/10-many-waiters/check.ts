/** Checks the exercise of lesson 10 with four threads and eight connections. */
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';
import { type How, herd } from './herd.js';

const CONNECTIONS = 8;

function howOf({ choice }: Answer): How {
  if (!Number.isInteger(choice?.events)) fail('choice.events has to be a number');
  return { how: choice.shared === true ? 'shared' : 'own', events: choice.events };
}

export const exercise: Exercise = {
  fds: 256,
  hints: [
    'Look at the claims of the lesson: which of them wake 1 of 4?',
    'Oneshot is silent after the first answer: what happens to the second connection?',
    'EPOLLEXCLUSIVE may go together with EPOLLIN, in sets of their own.',
  ],
  checks: [
    {
      says: 'every connection is accepted',
      run: async (answer) => {
        const how = howOf(answer);
        const { accepted } = await herd(how, { connections: CONNECTIONS, serves: true });
        if (accepted < CONNECTIONS) {
          fail(`of ${CONNECTIONS} connections ${accepted} were accepted; the others wait for ever`);
        }
      },
    },
    {
      says: 'one connection wakes one thread',
      run: async (answer) => {
        const { woken } = await herd(howOf(answer));
        if (woken !== 1) fail(`it woke ${woken} of 4`);
      },
    },
  ],
};
