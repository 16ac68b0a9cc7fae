/** Real Twisted, of Debian's python3-twisted, which belongs to the system's own Python. */
import { spawnSync } from 'node:child_process';
import { test } from 'vitest';
import { type Child, run } from './server.js';

const PYTHON = '/usr/bin/python3';

const isInstalled = spawnSync(PYTHON, ['-c', 'import twisted']).status === 0;

/** Runs a script with arguments; `sys` is imported. */
export type RunTwisted = (script: string, ...args: string[]) => Child;

/** A test with a peer in Twisted; skipped where that is not installed, which its title says then. */
export function twistedScript(title: string, body: (python: RunTwisted) => Promise<void>): void {
  const python: RunTwisted = (script, ...args) =>
    run(PYTHON, ['-c', `import sys\n${script}`, ...args]);
  if (isInstalled) test(title, () => body(python));
  else test.skip(`${title} [python3-twisted is not installed]`, () => {});
}
