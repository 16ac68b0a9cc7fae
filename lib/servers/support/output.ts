/** Prints the lines of a program to stdout and stderr, each before the program continues. */
import { lineWriter } from 'fdselect/stream';
import { printable } from './printable.js';

/** Prints its arguments as one line, with spaces between them. */
export type Say = (...parts: unknown[]) => void;

const stdout = lineWriter(1);
const stderr = lineWriter(2);

/** Prints a line on stdout. */
export const printLine: Say = (...parts) => stdout.print(printable(parts.join(' ')));

/** Prints nothing, for `--quiet`; it does not convert its arguments to strings. */
export const printNothing: Say = () => {};

/** Prints an error, or another line that does not belong on stdout, to stderr. */
export const printError: Say = (...parts) =>
  stderr.print(printable(`fdselect: ${parts.map(messageOf).join(' ')}`));

function messageOf(part: unknown): unknown {
  return part instanceof Error ? part.message : part;
}
