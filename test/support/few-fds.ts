/** Leaves this process no free file descriptor. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { dup } from 'fdselect/os';
import { onTestFinished } from 'vitest';
import { closing } from './sandbox.ts';

/**
 * Sets the limit of open files, from outside: to start a process takes file descriptors itself.
 * Linux only (prlimit(1)).
 */
export class FdLimit {
  readonly #set: (limit: number | 'max') => Promise<void>;

  private constructor(set: (limit: number | 'max') => Promise<void>) {
    this.#set = set;
  }

  static async open(): Promise<FdLimit> {
    const script = `
      max=$(prlimit --pid ${process.pid} --nofile --output=SOFT --noheadings | tr -d ' ')
      while read -r limit; do
        [ "$limit" = max ] && limit=$max
        prlimit --pid ${process.pid} "--nofile=$limit:" && echo done
      done`;
    const child = spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const answers = createInterface({ input: child.stdout });
    const limit = new FdLimit(async (value) => {
      const answer = once(answers, 'line');
      child.stdin.write(`${value}\n`);
      await answer;
    });
    onTestFinished(async () => {
      await limit.lift();
      child.stdin.end();
      await once(child, 'close');
    });
    return limit;
  }

  /** From now on no file can be opened. */
  async exhaust(): Promise<void> {
    // The lowest free number is given out first: once it is the one after all others, none is free.
    // A lower limit would not do: poll(2) wants one that is as high as the count of its fds.
    const highest = Math.max(...readdirSync('/proc/self/fd').map(Number));
    let last = -1;
    while (last < highest) last = closing(dup(2));
    await this.#set(last + 1);
  }

  /** Undoes {@link exhaust}. */
  async lift(): Promise<void> {
    await this.#set('max');
  }
}
