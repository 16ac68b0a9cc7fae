/** Shell completions: `fdselect completions SHELL`, and the `complete` that the shell's script calls. */
import { readdirSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { commandLine } from './command-line.js';
import { allCommands } from './learn/command/cli.js';
import { lessons } from './learn/course/lesson.js';
import { programs } from './servers/programs.js';

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
    process.stdout.write(files(words.at(-1) ?? ''));
    return;
  }
  const root = tab(fdselect, { completionCommandName: 'completions' });
  root.commands.get('serve')?.argument('name', (complete) => {
    for (const { name, description } of programs) complete(name, description);
  });
  root.commands.get('learn')?.argument('lesson', (complete) => {
    for (const { name, title } of lessons()) complete(name, title);
    complete('ready', 'the readiness table');
  });
  const { log } = console;
  // The library prints its script with it, and has no function that returns the text.
  console.log = (text: string) => log(args[0] === 'completions' ? adapted(text) : text);
  try {
    await fdselect.parseAsync([...args], { from: 'user' });
  } finally {
    console.log = log;
  }
}

/**
 * The library's script for bash needs a function of the package bash-completion, which not every
 * shell has, and cannot be read twice, as `source ~/.bashrc` would. The others stay as they are.
 */
function adapted(script: string): string {
  if (!script.startsWith('# bash')) return script;
  return script.replaceAll(/^readonly /gm, '').replace(
    /^( *)(_get_comp_words_by_ref .*)$/m,
    `$1if declare -F _get_comp_words_by_ref >/dev/null; then
$1    $2
$1else
$1    cur=\${COMP_WORDS[COMP_CWORD]} words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
$1fi`,
  );
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

/** Codes for the shell script: complete no file names; add no space. */
const NO_FILES = 4;
const NO_SPACE = 2;

/** The answer for a path that is being typed: bash would not complete it by itself. */
function files(typed: string): string {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  let found: string[] = [];
  try {
    found = readdirSync(folder || '.', { withFileTypes: true })
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .filter(
        (path) => path.startsWith(typed) && (typed !== folder || !/(^|\/)\.[^/]*\/?$/.test(path)),
      );
  } catch {
    // There is no such folder, so nothing to complete.
  }
  const isWhole = found.length !== 1 || !found[0]?.endsWith('/');
  return [...found, `:${isWhole ? NO_FILES : NO_FILES | NO_SPACE}`, ''].join('\n');
}
