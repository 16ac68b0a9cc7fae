/** Checks the exercise of lesson 7: measures where poll costs ten times as much as epoll. */
import { EPOLLIN, epoll, POLLIN, poll } from 'fdselect';
import { dup, pipe, write } from 'fdselect/os';
import { type Exercise, fail } from '../../exercises/exercise.js';

const MOST = 2000;

function price(call: () => unknown): number {
  const times = Array.from({ length: 9 }, () => {
    const began = process.hrtime.bigint();
    for (let i = 0; i < 30; i++) call();
    return Number(process.hrtime.bigint() - began);
  });
  return times.sort((a, b) => a - b)[4] as number;
}

/** The number of fds from which on poll costs ten times as much. */
function measured(): number {
  const [quiet] = pipe();
  const [ready, writer] = pipe();
  write(writer, 'x');
  const poller = poll();
  const set = epoll();
  poller.register(ready, POLLIN);
  set.register(ready, EPOLLIN);
  let size = 1;
  while (size < MOST) {
    for (const until = Math.ceil(size * 1.4); size < until; size++) {
      const fd = dup(quiet);
      poller.register(fd, POLLIN);
      set.register(fd, EPOLLIN);
    }
    if (price(() => poller.poll(0)) > 10 * price(() => set.poll(0))) break;
  }
  return size;
}

export const exercise: Exercise = {
  fds: MOST + 64,
  hints: [
    'The program of the lesson measures both: `fdselect learn 7 --run all`.',
    'Look at the row of poll: how many nanoseconds does each further fd cost, compared with one call?',
    'Register more and more copies (dup) of a quiet pipe, and compare the two prices each time.',
  ],
  checks: [
    {
      says: 'n is a number from 1 on',
      run: ({ n }) => {
        if (!(Number.isInteger(n) && n > 0)) fail(`n is ${String(n)}`);
      },
    },
    {
      says: 'n is within a factor of 4 of a measurement',
      run: ({ n }) => {
        const here = measured();
        if (n > 4 * here) fail(`here it is far fewer than ${n}`);
        if (n < here / 4) fail(`here it is far more than ${n}`);
      },
    },
  ],
};
