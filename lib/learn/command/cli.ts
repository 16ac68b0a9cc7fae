/** The commands `learn`, `record`, `replay` and `doctor`: each is loaded when it is called. */
import type { Command } from 'commander';
import { refuseExcess } from './excess.js';

/** The function that makes each command, by name. */
const commands: Record<string, () => Promise<Command>> = {
  learn: async () => (await import('./learn.js')).learnCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  record: async () => (await import('./record.js')).recordCommand(),
  replay: async () => (await import('./replay.js')).replayCommand(),
};

/** All of them, with their options. */
export function allCommands(): Promise<Command[]> {
  return Promise.all(
    Object.entries(commands).map(async ([name, make]) => (await make()).name(name)),
  );
}

/**
 * Runs one of the commands; a failure sets `process.exitCode`.
 *
 * @param args - the arguments after the command's name
 * @throws CommanderError for wrong arguments
 */
export async function run(name: string, args: readonly string[]): Promise<void> {
  const command = await (commands[name] as () => Promise<Command>)();
  // A usage error is one line.
  command.name(`fdselect ${name}`).exitOverride().showSuggestionAfterError(false);
  refuseExcess(command);
  await command.parseAsync(args, { from: 'user' });
}
