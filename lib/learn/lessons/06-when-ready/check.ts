/** Checks the exercise of lesson 6: each blank is asked of the running kernel. */

import { measure } from '../../course/ready.js';
import { type Exercise, fail } from '../../exercises/exercise.js';

const BLANKS: Record<string, string> = {
  'pipe r: empty, writer closed': 'the end of a pipe: is there anything to read besides it?',
  'pipe w: full, reader open': 'would write() sleep?',
  'tcp peer closed': 'recv() answers 0 at once, and send() still works: the peer may read',
  'tcp reset by peer': 'an error is both readable and writable: no call would sleep',
  'tcp not connected': 'nothing can be read, and there is no peer to hang on',
  'closed number': 'poll does not fail: it has an event for this',
};

export const exercise: Exercise = {
  hints: [
    '"Ready" means that the call would not sleep, also where it would fail.',
    '`fdselect learn ready` prints the table of your kernel.',
    'The columns of `fdselect learn ready`: take the one that is called poll.',
  ],
  checks: Object.entries(BLANKS).map(([name, nudge]) => ({
    says: name,
    run: ({ answers }) => {
      const given = answers?.[name];
      if (given !== measure(name).poll) fail(`poll does not answer '${given}': ${nudge}`);
    },
  })),
};
