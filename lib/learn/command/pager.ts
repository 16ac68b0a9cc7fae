/** Shows a long text in the user's pager, as man(1) does. */
import { spawnSync } from 'node:child_process';

/** The exit codes of a shell for a command that it cannot run, and for one that it does not find. */
const NOT_STARTED = [126, 127];

/** Runs `$PAGER`, by default `less`. Returns false if there is no such program. */
export function showInPager(text: string): boolean {
  const pager = process.env.PAGER || 'less';
  const { error, status } = spawnSync('sh', ['-c', pager], {
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
    // Less keeps colours, and ends at once if the text fits.
    env: { LESS: 'FRX', ...process.env },
  });
  const isMissing = status !== null && NOT_STARTED.includes(status);
  return error === undefined && !isMissing;
}
