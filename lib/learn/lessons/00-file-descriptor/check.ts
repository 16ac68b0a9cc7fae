/** Checks the exercise of lesson 0: `closeOnly` leaves nothing open but what it must. */

import { readdirSync } from 'node:fs';
import { select } from 'fdselect';
import { dup, pipe, read } from 'fdselect/os';
import { type Exercise, fail } from '../../exercises/exercise.js';

const countFds = () => readdirSync('/dev/fd').length;

export const exercise: Exercise = {
  hints: [
    'How many numbers stand for the writing end when the function is called? And after it?',
    '`dup` makes one number more. A number that the function makes, it must close.',
    'Only the last close of the writing end makes the reader see the end. Look at `send`: which of its two numbers is never closed?',
  ],
  checks: [
    {
      says: 'the message arrives',
      run: ({ sendAndEnd }) => {
        const [reader, writer] = pipe();
        sendAndEnd(writer, 'hello');
        const [ready] = select([reader], [], [], 0);
        if (ready.length === 0) fail('nothing can be read from the pipe');
        const text = String(read(reader, 99));
        if (text !== 'hello') fail(`the reader got '${text}' and not 'hello'`);
      },
    },
    {
      says: 'the reader sees the end of the pipe',
      run: ({ sendAndEnd }) => {
        const [reader, writer] = pipe();
        sendAndEnd(writer, 'hello');
        read(reader, 99);
        const [ready] = select([reader], [], [], 0);
        if (ready.length === 0) {
          fail('the reader still waits: some number of the writing end is open');
        }
      },
    },
    {
      says: 'no number is lost, however often it is called',
      run: ({ sendAndEnd }) => {
        const before = countFds();
        for (let i = 0; i < 5; i++) {
          const [reader, writer] = pipe();
          sendAndEnd(writer, 'x');
          read(reader, 9);
          dup(reader); // takes the numbers up, so that none is closed by chance
        }
        const left = countFds() - before - 10;
        if (left !== 0) fail(`after 5 calls ${left} numbers more are open than before`);
      },
    },
  ],
};
