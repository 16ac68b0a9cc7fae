/** Checks the exercise of lesson 8: counts the calls that change the kernel's list. */
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
import { pipe } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { interestList } from '../../course/kernel.js';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

const CALLS = ['register', 'modify', 'unregister'] as const;

function interestOf({ Interest }: Answer) {
  return typeof Interest === 'function' ? new Interest() : fail('there is no class Interest');
}

/** How many calls of epoll_ctl a function makes, those that fail included. */
function countCalls(run: () => void): number {
  const probe = epoll();
  const methods = Object.getPrototypeOf(probe);
  probe.close();
  const originals = CALLS.map((name) => [name, methods[name]] as const);
  let count = 0;
  for (const [name, original] of originals) {
    methods[name] = function (...args: unknown[]) {
      count++;
      return original.apply(this, args);
    };
  }
  try {
    run();
  } finally {
    for (const [name, original] of originals) methods[name] = original;
  }
  return count;
}

export const exercise: Exercise = {
  hints: [
    'Keep a map: fd -> the events that the kernel knows.',
    'There are four cases: as before, new, changed, and not wanted any more.',
    'Events 0 is not "not watched": HUP and ERR would still come. Use unregister().',
  ],
  checks: [
    {
      says: "the kernel's list is what was wanted",
      run: (answer) => {
        const interest = interestOf(answer);
        const [own] = socketpair();
        const events = () => (interestList(interest.set)[0]?.events ?? 0) & (EPOLLIN | EPOLLOUT);
        for (const read of [true, false]) {
          for (const write of [true, false]) {
            interest.want(own.fileno(), { read, write });
            const expected = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
            if (events() !== expected) {
              fail(`read ${read}, write ${write}: the list has the events ${events()}`);
            }
          }
        }
      },
    },
    {
      says: 'what is not wanted is not in the list',
      run: (answer) => {
        const interest = interestOf(answer);
        const [reader] = pipe();
        interest.want(reader, { read: true, write: false });
        interest.want(reader, { read: false, write: false });
        if (interestList(interest.set).length > 0) fail('it is still there: HUP would end waits');
      },
    },
    {
      says: 'nothing is said twice',
      run: (answer) => {
        const [own] = socketpair();
        const count = countCalls(() => {
          const interest = interestOf(answer);
          for (let i = 0; i < 10; i++) interest.want(own.fileno(), { read: true, write: false });
          for (let i = 0; i < 10; i++) interest.want(own.fileno(), { read: true, write: true });
          for (let i = 0; i < 10; i++) interest.want(own.fileno(), { read: false, write: false });
        });
        if (count !== 3) fail(`3 changes took ${count} calls of epoll_ctl`);
      },
    },
  ],
};
