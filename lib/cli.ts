#!/usr/bin/env node
/** The command `fdselect`: runs the commands of command-line.ts; prints an error as one line, and sets the exit code. */
import { CommanderError } from 'commander';
import { commandLine, learning, withFormat } from './command-line.js';
import { printable } from './servers/support/printable.js';

// An import statement would read every property of node:fs, and so load its streams.
const { closeSync } = process.getBuiltinModule('node:fs');
const { isatty } = process.getBuiltinModule('node:tty');

const FAILURE = 1;
const USAGE_ERROR = 2;
/** 128 and the number of SIGPIPE: the exit code that a shell reports of other commands then. */
const BROKEN_PIPE = 141;

/** An error of the system, such as EADDRINUSE, is not a bug of this package: it needs no stack trace. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The addon is missing or does not fit: the message of lib/native/load.ts has two lines. */
function isAddonMissing(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^fdselect's native addon /.test(error.message);
}

/** Ends the command: quietly if its reader has closed the pipe, as `head` does. */
function endUnwritten(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(BROKEN_PIPE);
  process.stderr.write(`fdselect: ${error.message}\n`);
  process.exit(FAILURE);
}

const terminals = [0, 1, 2].filter((fd) => isatty(fd));

/**
 * Closes those of stdin, stdout and stderr whose terminal was closed. At its end, Node 20 restores the
 * modes of terminals and aborts if that fails (nodejs/node issue 51519); it skips closed ones.
 */
function closeLostTerminals(): void {
  for (const fd of terminals) {
    try {
      if (!isatty(fd)) closeSync(fd);
    } catch {
      // It was closed before.
    }
  }
}

process.on('exit', closeLostTerminals);

try {
  const [name = '', ...rest] = process.argv.slice(2);
  // A running program writes to the fd itself.
  const isServing = name === 'serve' && !rest.some((word) => word === '--help' || word === '-h');
  if (!isServing) process.stdout.on('error', endUnwritten);
  if (Object.hasOwn(learning, name)) {
    await (await import('./learn/command/cli.js')).run(name, rest);
  } else if (name === 'completions' || name === 'complete') {
    await (await import('./completions.js')).runCompletions([name, ...rest]);
  } else {
    const args = process.argv.slice(2).map(withFormat);
    await commandLine(args).parseAsync(args, { from: 'user' });
  }
  // A pipe takes 64 KiB at once, and exit() would drop the rest.
  if (!isServing) await new Promise((resolve) => process.stdout.write('', resolve));
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
