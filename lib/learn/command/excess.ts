/** The error for an argument too many: it names the word, which commander does not. */
import type { Command } from 'commander';

/** Makes the command refuse arguments that it does not declare. Returns the command. */
export function refuseExcess(command: Command): Command {
  return command.allowExcessArguments().hook('preAction', (_, { args, registeredArguments }) => {
    const extra = args[registeredArguments.length];
    const takesMore = registeredArguments.at(-1)?.variadic === true;
    if (extra !== undefined && !takesMore) command.error(`error: unexpected argument '${extra}'`);
  });
}
