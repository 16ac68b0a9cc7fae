/** What a program prints: whole lines on stdout, written before the program goes on. */
import { writeSync } from 'node:fs';
import { POLLOUT, poll } from 'fdselect';

const STDOUT = 1;

/** Prints one line. */
export type Say = (line: string) => void;

/**
 * Writes a line to stdout. `process.stdout` will not do: what a full pipe does not take at once it
 * keeps for the event loop of Node, to which a loop on select() never returns.
 */
export function printLine(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // nobody reads any longer
      waitUntilWritable();
    }
  }
}

/** Prints nothing: `--quiet`. */
export function printNothing(): void {}

function waitUntilWritable(): void {
  const stdout = poll();
  stdout.register(STDOUT, POLLOUT);
  stdout.poll();
}
