/** Checks the exercise of lesson 12: predictions against epoll itself. */
import { EPOLLET, EPOLLIN, epoll } from 'fdselect';
import { dup, pipe, write } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { type Exercise, fail } from '../../exercises/exercise.js';

const real: Record<string, () => number | number[]> = {
  twoSets: () => {
    const [peer, own] = socketpair();
    const [first, second] = [epoll(), epoll()];
    for (const set of [first, second]) set.register(own, EPOLLIN | EPOLLET);
    peer.send('x');
    return [first, second, first, second].map((set) => set.poll(0).length);
  },
  dup: () => {
    const [reader, writer] = pipe();
    const set = epoll();
    for (const fd of [reader, dup(reader)]) set.register(fd, EPOLLIN);
    write(writer, 'x');
    return set.poll(0).length;
  },
  nested: () => {
    const [peer, own] = socketpair();
    const [outer, inner] = [epoll(), epoll()];
    inner.register(own, EPOLLIN);
    outer.register(inner, EPOLLIN | EPOLLET);
    peer.send('x');
    const answers = [outer.poll(0).length, outer.poll(0).length];
    own.recv(9);
    peer.send('y');
    return [...answers, outer.poll(0).length];
  },
};

const why: Record<string, string> = {
  twoSets: 'each epoll has a ready list of its own',
  dup: 'an entry is known by its number and its file: see `qa-key`',
  nested: 'the outer one reports a change of the inner one, once for each',
};

export const exercise: Exercise = {
  hints: [
    'An edge is taken off the ready list of the epoll that tells of it. Of which one?',
    'How many entries does the interest list have after both were registered?',
    'Run the lesson: `fdselect learn 12 --run edge`. What would a second byte change?',
  ],
  checks: Object.entries(real).map(([name, ask]) => ({
    says: `prediction '${name}' is what epoll answers`,
    run: ({ predictions }) => {
      const given = JSON.stringify(predictions?.[name]);
      if (given !== JSON.stringify(ask())) fail(`it does not answer ${given}: ${why[name]}`);
    },
  })),
};
