/** Checks the exercise of lesson 5: the same answers as with select, from a poll object. */
import * as fdselect from 'fdselect';
import { close, pipe, write } from 'fdselect/os';
import { socketpair } from 'fdselect/socket';
import { type Answer, type Exercise, fail } from '../../exercises/exercise.js';

function waiterOf({ Waiter }: Answer) {
  return typeof Waiter === 'function' ? new Waiter() : fail('the file exports no class Waiter');
}

/** Counts the calls that a function makes of the methods of poll objects. */
function counting(run: () => void): { poll: number; register: number } {
  const methods = Object.getPrototypeOf(fdselect.poll());
  const original = { poll: methods.poll, register: methods.register };
  const counts = { poll: 0, register: 0 };
  for (const name of ['poll', 'register'] as const) {
    methods[name] = function (...args: unknown[]) {
      counts[name]++;
      return original[name].apply(this, args);
    };
  }
  try {
    run();
  } finally {
    Object.assign(methods, original);
  }
  return counts;
}

export const exercise: Exercise = {
  hints: [
    'Make the poll object once, in a field. register() with new events replaces the old ones.',
    'Keep a map from fd to events, so that you know what has changed and what was asked for.',
    'The end of a pipe is POLLHUP without POLLIN: count it as readable. For "not at all" use unregister(): with events 0, HUP would come all the same.',
  ],
  checks: [
    {
      says: 'what can be read is readable, what can be written is writable',
      run: (answer) => {
        const waiter = waiterOf(answer);
        const [own, peer] = socketpair();
        const fd = own.fileno();
        waiter.want(fd, { read: true, write: false });
        if (waiter.waitOnce(0).readable.length > 0) fail('nothing was sent, but it is readable');
        peer.send('x');
        if (waiter.waitOnce(0).readable[0] !== fd) fail('a byte was sent, but it is not readable');
        waiter.want(fd, { read: false, write: true });
        const { readable, writable } = waiter.waitOnce(0);
        if (writable[0] !== fd) fail('it is not writable, though there is room');
        if (readable.length > 0) fail('it is readable, though it was not asked for reading');
      },
    },
    {
      says: 'the end of a pipe is readable',
      run: (answer) => {
        const waiter = waiterOf(answer);
        const [reader, writer] = pipe();
        waiter.want(reader, { read: true, write: false });
        close(writer);
        if (waiter.waitOnce(0).readable[0] !== reader) fail('the end was not told: see POLLHUP');
      },
    },
    {
      says: 'what is not wanted any more does not end a wait',
      run: (answer) => {
        const waiter = waiterOf(answer);
        const [reader, writer] = pipe();
        waiter.want(reader, { read: true, write: false });
        waiter.want(reader, { read: false, write: false });
        close(writer);
        const began = performance.now();
        waiter.waitOnce(100);
        if (performance.now() - began < 90) fail('the wait ended at once: HUP comes unasked');
      },
    },
    {
      says: 'it waits with poll(), and says nothing twice',
      run: (answer) => {
        const counts = counting(() => {
          const waiter = waiterOf(answer);
          const [reader, writer] = pipe();
          write(writer, 'x');
          for (let i = 0; i < 20; i++) {
            waiter.want(reader, { read: true, write: false });
            waiter.waitOnce(0);
          }
        });
        if (counts.poll !== 20) fail(`20 waits made ${counts.poll} calls of poll()`);
        if (counts.register !== 1) fail(`one fd was registered ${counts.register} times`);
      },
    },
  ],
};
