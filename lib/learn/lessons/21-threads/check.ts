/** Checks the exercise of lesson 21: the receiving side of a queue between threads. */
import { MessageChannel } from 'node:worker_threads';
import { POLLIN, Waker } from 'fdselect';
import { eventsOf } from '../../course/proof.js';
import { type Exercise, fail } from '../../exercises/exercise.js';

const isAwake = (waker: Waker) => eventsOf(waker, POLLIN) !== 0;

export const exercise: Exercise = {
  hints: [
    'How many messages can there be for one wake-up?',
    'Take messages until there is none.',
    'Think of a message that arrives after your last look and before `clear`. Clear first.',
  ],
  checks: [
    {
      says: 'one wake-up, three messages: all are given, in their order',
      run: ({ receiveAll }) => {
        const { port1, port2 } = new MessageChannel();
        const waker = new Waker();
        for (const message of ['a', 'b', 'c']) port1.postMessage(message);
        waker.wake();
        const got = receiveAll(waker, port2).join('');
        if (got !== 'abc') fail(`the messages given are '${got}' and not 'abc'`);
        if (isAwake(waker)) fail('the waker was not cleared: the next wait does not sleep');
      },
    },
    {
      says: 'a message that comes around the clear is not left behind',
      run: ({ receiveAll }) => {
        const { port1, port2 } = new MessageChannel();
        const waker = new Waker();
        const clear = waker.clear.bind(waker);
        // The other thread is quick: it posts and wakes immediately before the clear.
        waker.clear = () => {
          port1.postMessage('late');
          waker.wake();
          clear();
        };
        port1.postMessage('early');
        waker.wake();
        const got = receiveAll(waker, port2);
        if (!got.includes('late') && !isAwake(waker)) {
          fail(
            'a message that came immediately before the clear is in the queue, and no wait tells of it',
          );
        }
      },
    },
  ],
};
