/**
 * Writes `dist/fdselect.1`, the man page, from the texts of `--help`: commander's own description of
 * the command. Runs at the end of `npm run build:ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, outlines } from '../dist/command-line.js';
import { allCommands } from '../dist/learn/command/cli.js';
import { programs } from '../dist/servers/programs.js';

const root = join(import.meta.dirname, '..');
const { version, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Text as roff takes it: no backslash, no control line, hyphens that can be copied. */
function text(line) {
  return line
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1');
}

/** A term in bold, and its meaning. */
function item(term, meaning) {
  return ['.TP', `.B ${text(term)}`, text(sentence(meaning))];
}

/** `list the programs` becomes `List the programs.` */
function sentence(line) {
  return `${line[0].toUpperCase()}${line.slice(1)}${/[.)]$/.test(line) ? '' : '.'}`;
}

const whole = await allCommands();
const others = outlines().filter((one) => !whole.some((command) => command.name() === one.name()));
for (const other of others) other.argument('<shell>', 'bash, zsh, fish or powershell');
const fdselect = commandLine([], [...whole, ...others]);
const help = fdselect.createHelp();

function options(command) {
  return help
    .visibleOptions(command)
    .flatMap((option) => item(option.flags, help.optionDescription(option)));
}

function commands() {
  return help.visibleCommands(fdselect).flatMap((command) => {
    const parameters = help
      .visibleArguments(command)
      .flatMap((argument) => item(argument.name(), help.argumentDescription(argument)));
    const usage = `fdselect ${help.subcommandTerm(command)}`;
    const about = sentence(help.subcommandDescription(command));
    return [`.SS ${text(usage)}`, text(about), ...parameters, ...options(command)];
  });
}

const lines = [
  `.TH FDSELECT 1 "" "fdselect ${version}" "User Commands"`,
  '.SH NAME',
  `fdselect \\- ${text(fdselect.description())}`,
  '.SH SYNOPSIS',
  '.B fdselect',
  text(fdselect.usage()),
  '.SH DESCRIPTION',
  text(`${description}.`),
  ...options(fdselect),
  '.SH COMMANDS',
  ...commands(),
  '.SH PROGRAMS',
  ...programs.flatMap(({ name, port, description: what, isClient = false }) =>
    item(name, `${what}. It ${isClient ? 'connects to' : 'listens on'} port ${port}.`),
  ),
  '.SH ENVIRONMENT',
  ...item('FDSELECT_TRACE', 'as --trace: text or json, and the words times and all, with commas'),
  ...item('FDSELECT_RECORD', 'as --record: the file that every call is recorded in'),
  ...item('FDSELECT_SELECTOR', 'the selector that DefaultSelector is: select, poll or epoll'),
  ...item('FDSELECT_WAITER', 'how names that end in Async wait: uv or thread'),
  '.SH EXIT STATUS',
  ...item('0', 'a program has ended by SIGINT or SIGTERM, or a command has done its work'),
  ...item('1', 'the system refuses something, such as a port in use, or there are findings'),
  ...item('2', 'the command line is wrong'),
  '.SH SEE ALSO',
  '.BR select (2),',
  '.BR poll (2),',
  '.BR epoll (7)',
];
writeFileSync(join(root, 'dist/fdselect.1'), `${lines.join('\n')}\n`);
