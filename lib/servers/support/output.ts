/** What a program prints: whole lines on stdout, written before it goes on. */
import { lineWriter } from 'fdselect/stream';

/** Prints its arguments as one line, with spaces between them. */
export type Say = (...parts: unknown[]) => void;

const stdout = lineWriter(1);
const stderr = lineWriter(2);

/** Prints a line on stdout. */
export const printLine: Say = (...parts) => stdout.print(printable(parts.join(' ')));

/** Prints nothing: `--quiet`. The arguments are never made into strings. */
export const printNothing: Say = () => {};

/** Prints an error, or another line that has no place on stdout, on stderr. */
export const printError: Say = (...parts) =>
  stderr.print(printable(`fdselect: ${parts.map(messageOf).join(' ')}`));

/** Characters that a terminal obeys, or that change the direction in which it writes. */
const CONTROL = /(?!^\t)[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/**
 * Shows control characters escaped, as in `\x1b`: what clients send must not control the terminal of
 * the operator. Some lines begin with a tab.
 */
export function printable(line: string): string {
  return line.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code}`;
  });
}

function messageOf(part: unknown): unknown {
  return part instanceof Error ? part.message : part;
}
