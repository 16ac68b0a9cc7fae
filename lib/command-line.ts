/** The command line of `fdselect`: its commands, their arguments and options, and their actions. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { refuseExcess } from './learn/command/excess.js';
import { type Program, programs } from './servers/programs.js';
import type { ServeOptions, Target } from './servers/support/options.js';

// See cli.ts.
const { readFileSync } = process.getBuiltinModule('node:fs');

const MAX_PORT = 65535;
const MAX_WORKERS = 1024;
const TRACE_FORMATS = ['text', 'json'];

interface CommandLine {
  host: string;
  port?: number;
  selector?: ServeOptions['selector'];
  target?: Target;
  newline: boolean;
  publishPort?: number;
  maxClients?: number;
  workers?: number;
  quiet: boolean;
  trace?: 'text' | 'json';
  times: boolean;
  all: boolean;
  record?: string;
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

function workerCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text) || Number(text) > MAX_WORKERS) {
    throw new InvalidArgumentError(`It is a number from 1 to ${MAX_WORKERS}.`);
  }
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
  for (const { option, isTaken } of specialOptions) {
    const isGiven = command.getOptionValueSource(option.attributeName()) === 'cli';
    if (isGiven && !isTaken(program)) {
      command.error(`error: option '${option.long}': ${name} does not take it`);
    }
  }
  if (options.target === undefined && program.takesTarget === true) {
    command.error(`error: ${name} needs the option '--target <host:port>'`);
  }
  if (options.port === 0 && program.isClient === true) {
    command.error(`error: option '--port': ${name} cannot connect to port 0`);
  }
  if ((options.times || options.all) && options.trace === undefined) {
    command.error(
      `error: option '--${options.times ? 'times' : 'all'}' needs the option '--trace'`,
    );
  }
  setRecorder(options);
  const { host, port = program.port, selector, target, newline, maxClients, quiet, hint } = options;
  const { publishPort = program.publishPort, workers } = options;
  const chosen = { host, port, selector, target, newline, publishPort, maxClients, quiet, hint };
  if (workers !== undefined) {
    const { serveInWorkers } = await import('./servers/support/workers.js');
    return serveInWorkers(name, workers, chosen);
  }
  const { serve } = await program.load();
  await serve(chosen);
}

/** The recorder reads these when the addon is loaded, which the program's modules do. */
function setRecorder({ trace, times, all, record }: CommandLine): void {
  if (trace !== undefined) {
    const words = [trace, ...(times ? ['times'] : []), ...(all ? ['all'] : [])];
    process.env.FDSELECT_TRACE = words.join(',');
  }
  if (record !== undefined) process.env.FDSELECT_RECORD = record;
}

/** The options that not every program takes. */
const specialOptions: readonly { option: Option; isTaken: (program: Program) => boolean }[] = [
  {
    option: new Option('--selector <name>', 'the call to wait with; default: the best one').choices(
      ['select', 'poll', 'epoll'],
    ),
    isTaken: ({ takesSelector }) => takesSelector,
  },
  {
    option: new Option('--target <host:port>', 'where to connect to').argParser(hostAndPort),
    isTaken: ({ takesTarget = false }) => takesTarget,
  },
  {
    option: new Option('--newline', 'end each message with a newline').default(false),
    isTaken: ({ takesNewline = false }) => takesNewline,
  },
  {
    option: new Option(
      '--publish-port <number>',
      'where to listen for publishers; 0: a free one',
    ).argParser(portNumber),
    isTaken: ({ publishPort }) => publishPort !== undefined,
  },
  {
    option: new Option(
      '--max-clients <number>',
      'how many clients are served at once, by each worker; more wait or are refused',
    ).argParser(count),
    isTaken: ({ takesMaxClients = true }) => takesMaxClients,
  },
  {
    option: new Option(
      '--workers <number>',
      'run it in so many threads, each with its own listener on the port',
    ).argParser(workerCount),
    isTaken: ({ takesWorkers = false }) => takesWorkers,
  },
];

/**
 * The command with its subcommands.
 *
 * @param args - those of the command line: help is about the program that is named there
 * @param later - the commands of `lib/learn` with their options; default: without these
 */
export function commandLine(args: readonly string[], later = outlines()): Command {
  const named = programs.find(({ name }) => args.includes(name));
  // Subcommands inherit exitOverride(): errors are thrown, not answered with exit code 1.
  const fdselect = new Command('fdselect').exitOverride();
  fdselect.description('Servers on the real select(2), poll(2) and epoll(7)');
  fdselect.version(version());
  fdselect.command('list').description('list the programs, with their default ports').action(list);
  const command = fdselect
    .command('serve')
    .description(named === undefined ? 'run a program until SIGINT or SIGTERM' : helpOf(named))
    .argument('<name>', 'the program, one of `fdselect list`')
    .option('--host <host>', 'where to listen, or to connect to', '127.0.0.1')
    .option('--port <number>', "0: a free one (default: the program's)", portNumber)
    .option('--quiet', 'print nothing but where it listens', false)
    .addOption(
      new Option('--trace [format]', 'show calls of select, poll and epoll on stderr')
        .choices(TRACE_FORMATS)
        .preset('text'),
    )
    .option('--times', 'with --trace: when each call was made, and how long it took', false)
    .option('--all', 'with --trace: all calls, and what the file descriptors are', false)
    .option('--record <file>', 'record every call, for `fdselect replay`')
    .option('--hint', 'print what to type in another terminal', false)
    .action(serve);
  for (const { option, isTaken } of specialOptions) {
    command.addOption(option.hideHelp(named !== undefined && !isTaken(named)));
  }
  fdselect.commands.forEach(refuseExcess);
  for (const subcommand of later) fdselect.addCommand(subcommand);
  return fdselect;
}

/** The commands that are loaded when they are called: name and description are all that help needs. */
export function outlines(): Command[] {
  const names = { ...learning, completions: 'print what lets a shell complete `fdselect`' };
  return Object.entries(names).map(([name, description]) =>
    new Command(name).description(description),
  );
}

/** The commands of `lib/learn`. */
export const learning: Record<string, string> = {
  learn: '28 lessons on waiting for file descriptors, each claim proved by a run',
  record: 'run a program that uses fdselect, and record its calls',
  replay: 'show a recording',
  doctor: 'say what a recorded program does wrong',
};

/** `--trace WORD`: the word is the trace's format, unless it is the only one that can be a program. */
export function withFormat(argument: string, n: number, all: readonly string[]): string {
  const next = all[n + 1] ?? '-';
  const isName = (word: string) => programs.some(({ name }) => name === word);
  const isFormat = TRACE_FORMATS.includes(next) || (all.some(isName) && !isName(next));
  return argument === '--trace' && (next.startsWith('-') || !isFormat) ? '--trace=text' : argument;
}

function helpOf({ name, port, description, isClient = false }: Program): string {
  return `${name}: ${description}. Port ${isClient ? 'to connect to' : 'to listen on'}: ${port}.`;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
