#!/usr/bin/env node
/** The command `fdselect`: lists the programs and runs one. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { programs } from './servers/programs.js';
import type { ServeOptions, Target } from './servers/support/options.js';
import { printable } from './servers/support/printable.js';

const FAILURE = 1;
const USAGE_ERROR = 2;
const MAX_PORT = 65535;

interface CommandLine {
  host: string;
  port?: number;
  selector?: ServeOptions['selector'];
  target?: Target;
  newline: boolean;
  publishPort?: number;
  maxClients?: number;
  quiet: boolean;
  trace: boolean;
  hint: boolean;
}

function list(): void {
  const width = Math.max(...programs.map(({ name }) => name.length));
  for (const { name, port, isClient = false, description } of programs) {
    const where = isClient ? '-' : String(port);
    process.stdout.write(`${name.padEnd(width)}  ${where.padStart(5)}  ${description}\n`);
  }
}

function portNumber(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > MAX_PORT) {
    throw new InvalidArgumentError(`A port is a number from 0 to ${MAX_PORT}.`);
  }
  return Number(text);
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(text);
}

/** `HOST:PORT`, an IPv6 address in brackets. */
function hostAndPort(text: string): Target {
  const [, ipv6, name, port = ''] = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]\s]+)):(\d+)$/.exec(text) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || portNumber(port) === 0) {
    throw new InvalidArgumentError('A target is HOST:PORT.');
  }
  return { host, port: Number(port) };
}

async function serve(name: string, options: CommandLine, command: Command): Promise<void> {
  const program = programs.find((candidate) => candidate.name === name);
  if (program === undefined) {
    return command.error(`error: unknown program '${name}' (see: fdselect list)`);
  }
  if (options.selector !== undefined && !program.takesSelector) {
    command.error(`error: option '--selector': ${name} is written on one call and has no choice`);
  }
  if (options.target !== undefined && program.takesTarget !== true) {
    command.error(`error: option '--target': ${name} connects to nobody`);
  }
  if (options.target === undefined && program.takesTarget === true) {
    command.error(`error: ${name} needs the option '--target <host:port>'`);
  }
  if (options.newline && program.takesNewline !== true) {
    command.error(`error: option '--newline': ${name} has no use for it`);
  }
  if (options.publishPort !== undefined && program.publishPort === undefined) {
    command.error(`error: option '--publish-port': ${name} has no publishers`);
  }
  if (options.maxClients !== undefined && program.takesMaxClients === false) {
    command.error(`error: option '--max-clients': ${name} has no use for it`);
  }
  if (options.port === 0 && program.isClient === true) {
    command.error(`error: option '--port': ${name} cannot connect to port 0`);
  }
  // Read when the addon is loaded, which the program's modules do.
  if (options.trace) process.env.FDSELECT_TRACE = '1';
  const { serve } = await program.load();
  const { host, port = program.port, selector, target, newline, maxClients, quiet, hint } = options;
  const { publishPort = program.publishPort } = options;
  await serve({ host, port, selector, target, newline, publishPort, maxClients, quiet, hint });
}

function commandLine(): Command {
  // Subcommands inherit exitOverride(): errors are thrown, not answered with exit code 1.
  const fdselect = new Command('fdselect').exitOverride();
  fdselect.description('Servers on the real select(2), poll(2) and epoll(7)');
  fdselect.command('list').description('list the programs, with their default ports').action(list);
  fdselect
    .command('serve')
    .description('run a program until SIGINT or SIGTERM')
    .argument('<name>', 'the program, one of `fdselect list`')
    .option('--host <host>', 'where to listen, or to connect to', '127.0.0.1')
    .option('--port <number>', "0: a free one (default: the program's)", portNumber)
    .addOption(
      new Option(
        '--selector <name>',
        'the call to wait with, where the program leaves it open',
      ).choices(['select', 'poll', 'epoll']),
    )
    .option('--target <host:port>', 'where to connect to, for programs that do', hostAndPort)
    .option('--newline', 'end each message with a newline, for programs that do not', false)
    .option('--publish-port <number>', 'where to listen for publishers; 0: a free one', portNumber)
    .option('--max-clients <number>', 'how many are served at once; more wait', count)
    .option('--quiet', 'print nothing but where it listens', false)
    .option('--trace', 'show every call of select, poll and epoll_wait on stderr', false)
    .option('--hint', 'print what to type in another terminal', false)
    .action(serve);
  return fdselect;
}

/** What the system refuses, such as EADDRINUSE, is no bug of ours: it needs no stack trace. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** The addon is missing or does not fit: the message of lib/native/load.ts has two lines. */
function isAddonMissing(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && /^fdselect's native addon /.test(error.message);
}

try {
  await commandLine().parseAsync();
  // At once: the signal pipe is still open, so a late signal cannot change the exit code.
  process.exit(0);
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
