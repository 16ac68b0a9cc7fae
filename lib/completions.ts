/** Shell completions: `fdselect completions SHELL`, and the `complete` that the shell's script calls. */
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { commandLine } from './command-line.js';
import { allCommands } from './learn/cli.js';
import { programs } from './servers/programs.js';

/** What tells the shell's script to complete file names. */
const FILES = ':0\n';

/**
 * Runs `completions` or `complete`. The texts are those of `--help`.
 *
 * @param args - those of the command line
 * @throws CommanderError for wrong arguments
 */
export async function runCompletions(args: readonly string[]): Promise<void> {
  const words = args.slice(args.indexOf('--') + 1);
  const fdselect = commandLine(words, await allCommands());
  if (args[0] === 'complete' && isFile(fdselect, words)) {
    process.stdout.write(FILES);
    return;
  }
  const root = tab(fdselect, { completionCommandName: 'completions' });
  root.commands.get('serve')?.argument('name', (complete) => {
    for (const { name, description } of programs) complete(name, description);
  });
  await fdselect.parseAsync([...args], { from: 'user' });
}

/** Whether the last word, which is being typed, is the name of a file. */
function isFile(fdselect: Command, words: readonly string[]): boolean {
  const command = fdselect.commands.find((candidate) => candidate.name() === words[0]);
  if (command === undefined || words.length < 2) return false;
  const [before, last = ''] = words.slice(-2);
  const option = command.options.find(({ long, short }) => before === long || before === short);
  if (option?.required) return /<file>/.test(option.flags);
  return !last.startsWith('-') && command.registeredArguments.some((one) => one.name() === 'file');
}
