/** Checks the exercise of lesson 11: no entry is left, whether the file has copies or not. */
import { EPOLLIN, epoll } from 'fdselect';
import { close, dup, pipe } from 'fdselect/os';
import { interestList } from '../../course/kernel.js';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

function scene({ forget }: Answer, hasCopy: boolean) {
  const [reader] = pipe();
  const set = epoll();
  set.register(reader, EPOLLIN);
  const clients = new Map([[reader, 'a client']]);
  if (hasCopy) dup(reader); // as a child process would have it
  let closed = 0;
  forget(set, clients, reader, (fd: number) => {
    closed++;
    close(fd);
  });
  return { set, clients, closed };
}

export const exercise: Exercise = {
  rules: ['closed'],
  hints: [
    'What does `unregister` throw in the file as it is given, and what does the catch hide?',
    'An entry belongs to the file. The number is the only way to name it, while it is open.',
    'First unregister, then close. The catch is not needed any more.',
  ],
  checks: [
    {
      says: 'the number is closed once, and the client is forgotten',
      run: (answer) => {
        const { clients, closed } = scene(answer, false);
        if (closed !== 1) fail(`close() was called ${closed} times`);
        if (clients.size > 0) fail('the client is still in the map');
      },
    },
    {
      says: 'no entry is left when the file has no copy',
      run: (answer) => {
        if (interestList(scene(answer, false).set).length > 0) fail('an entry is left');
      },
    },
    {
      says: 'no entry is left when the file has a copy',
      run: (answer) => {
        const [entry] = interestList(scene(answer, true).set);
        if (entry !== undefined) {
          fail(`/proc still shows an entry for number ${entry.fd}: the file lives on in its copy`);
        }
      },
    },
    {
      says: 'no error is hidden',
      run: ({ forget }) => {
        if (/catch/.test(String(forget))) fail('a catch would hide the same mistake next time');
      },
    },
  ],
};
