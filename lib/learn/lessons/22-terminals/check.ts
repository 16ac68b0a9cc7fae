/** Checks the exercise of lesson 22: a reader that hides no line. */
import { close, pipe, write } from 'fdselect/os';
import { type Exercise, fail } from '../../exercises/exercise.js';

function expectLines(got: unknown, expected: string[]): void {
  const [left, right] = [got, expected].map((lines) => JSON.stringify(lines));
  if (left !== right) fail(`it gave ${left} and not ${right}`);
}

export const exercise: Exercise = {
  hints: [
    'Two lines came with one read. How many does the call give?',
    '`split` the buffer at the newlines; the last part is the incomplete line.',
    'For characters in two pieces: `StringDecoder` of node:string_decoder.',
  ],
  checks: [
    {
      says: 'two lines that came together are given together',
      run: ({ LineReader }) => {
        const [reader, writer] = pipe();
        const lines = new LineReader(reader);
        write(writer, 'one\ntwo\n');
        expectLines(lines.readLines(), ['one', 'two']);
      },
    },
    {
      says: 'an incomplete line waits for its rest',
      run: ({ LineReader }) => {
        const [reader, writer] = pipe();
        const lines = new LineReader(reader);
        write(writer, 'one\ntw');
        expectLines(lines.readLines(), ['one']);
        write(writer, 'o\n\n');
        expectLines(lines.readLines(), ['two', '']);
      },
    },
    {
      says: 'a character that comes in two pieces is one character',
      run: ({ LineReader }) => {
        const [reader, writer] = pipe();
        const lines = new LineReader(reader);
        const bytes = Buffer.from('é\n');
        write(writer, bytes.subarray(0, 1));
        expectLines(lines.readLines(), []);
        write(writer, bytes.subarray(1));
        expectLines(lines.readLines(), ['é']);
      },
    },
    {
      says: 'the end of the file gives the last line, once',
      run: ({ LineReader }) => {
        const [reader, writer] = pipe();
        const lines = new LineReader(reader);
        write(writer, 'last');
        expectLines(lines.readLines(), []);
        close(writer);
        expectLines(lines.readLines(), ['last']);
        if (lines.ended !== true) fail('`ended` is not true');
      },
    },
  ],
};
