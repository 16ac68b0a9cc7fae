/** The output of other programs. */
import { execFileSync } from 'node:child_process';

/** What a command prints, in one line; null if it cannot be run. */
export function output(file: string, ...args: string[]): string | null {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .trim()
      .split('\n')[0] as string;
  } catch {
    return null;
  }
}
