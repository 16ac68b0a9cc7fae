/** Checks the exercise of lesson 3: predictions against select itself. */
import { select } from 'fdselect';
import { close, pipe, write } from 'fdselect/os';
import { type Exercise, fail } from '../../exercises/exercise.js';

/** Three pipes; what select() answers for their reading ends, as letters. */
function answer(prepare: (pipes: [number, number][]) => void, watch: string): string {
  const pipes = [pipe(), pipe(), pipe()];
  prepare(pipes);
  const letters = 'ABC';
  const readers = [...watch].map((letter) => pipes[letters.indexOf(letter)]?.[0] ?? -1);
  try {
    const [ready] = select(readers, [], [], 0);
    return ready.map((fd) => letters[pipes.findIndex(([reader]) => reader === fd)]).join('');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

const writeTo = (pipes: [number, number][], i: number) => write(pipes[i]?.[1] ?? -1, 'x');
const real: Record<string, () => string> = {
  one: () => answer((pipes) => writeTo(pipes, 1), 'ABC'),
  ended: () => answer((pipes) => close(pipes[2]?.[1] ?? -1), 'ABC'),
  order: () => {
    const both = (pipes: [number, number][]) => [2, 0].forEach((i) => void writeTo(pipes, i));
    return answer(both, 'CAB');
  },
  closed: () =>
    answer((pipes) => {
      writeTo(pipes, 0);
      close(pipes[1]?.[0] ?? -1);
    }, 'ABC'),
};

const why: Record<string, string> = {
  one: 'only a pipe with something to read is ready',
  ended: 'a call of read() on C would not sleep: it would answer 0 bytes, the end',
  order: 'the answer has the order of the list that was passed, not of the writes',
  closed: 'a closed number makes the whole call fail: see `select-ebadf`',
};

export const exercise: Exercise = {
  hints: [
    '"Ready for reading" means: read() would not sleep. The end of a pipe is such a case.',
    'The order of the answer is the order of the list that was passed.',
    'One closed number is enough for the whole call to fail.',
  ],
  checks: Object.entries(real).map(([name, ask]) => ({
    says: `prediction '${name}' is what select() answers`,
    run: ({ predictions }) => {
      const predicted = predictions?.[name];
      if (predicted !== ask()) fail(`it does not answer '${predicted}': ${why[name]}`);
    },
  })),
};
