#!/usr/bin/env node
/** The command `fdselect`: runs the commands of command-line.ts; prints an error as one line, and sets the exit code. */
import { CommanderError } from 'commander';
import { commandLine, learning, withFormat } from './command-line.js';
import { printable } from './servers/support/printable.js';

const FAILURE = 1;
const USAGE_ERROR = 2;

/** An error of the system, such as EADDRINUSE, is not a bug of this package: it needs no stack trace. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The addon is missing or does not fit: the message of lib/native/load.ts has two lines. */
function isAddonMissing(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^fdselect's native addon /.test(error.message);
}

try {
  const [name = '', ...rest] = process.argv.slice(2);
  if (Object.hasOwn(learning, name)) {
    await (await import('./learn/command/cli.js')).run(name, rest);
    // A pipe takes 64 KiB at once, and exit() would drop the rest.
    await new Promise((resolve) => process.stdout.write('', resolve));
  } else if (name === 'completions' || name === 'complete') {
    await (await import('./completions.js')).runCompletions([name, ...rest]);
  } else {
    const args = process.argv.slice(2).map(withFormat);
    await commandLine(args).parseAsync(args, { from: 'user' });
  }
  // At once: the signal pipe is still open, so a late signal cannot change the exit code.
  process.exit(process.exitCode ?? 0);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  } else if (isSystemError(error) || isAddonMissing(error)) {
    process.stderr.write(`fdselect: ${error.message.split('\n').map(printable).join('\n')}\n`);
    process.exitCode = FAILURE;
  } else {
    throw error;
  }
}
