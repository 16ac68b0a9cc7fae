/** The runtime of the tests, and its limits. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { test } from 'vitest';

/** qemu: Node under qemu-user, as test/prebuilds.mjs runs it. */
export type Runtime = 'Node' | 'Bun' | 'Deno' | 'qemu';

function current(): Runtime {
  if (process.env.FDSELECT_EMULATOR === 'qemu') return 'qemu';
  if (process.versions.bun !== undefined) return 'Bun';
  return 'Deno' in globalThis ? 'Deno' : 'Node';
}

export const runtime = current();

/**
 * The command that runs a file in this runtime. `spawn(process.execPath, [file])` does too, because
 * Deno adds its own arguments there; but not if another command, such as sh, starts the runtime.
 */
export const RUN_FILE = runtime === 'Deno' ? [process.execPath, 'run', '-A'] : [process.execPath];

/** The C library of the addon under test, as node-gyp-build finds it. */
export const isMusl =
  (process.env.LIBC ?? (existsSync('/etc/alpine-release') ? 'musl' : 'glibc')) === 'musl';

/**
 * The constants that may differ from those of this machine's Python, which is for glibc: musl chooses
 * some of them itself, and Linux has others for each architecture.
 */
export const libraryConstants = new Set([
  ...(isMusl ? ['NI_MAXHOST', 'O_ACCMODE', 'O_LARGEFILE', 'SOMAXCONN'] : []),
  ...(runtime === 'qemu'
    ? ['O_DIRECT', 'O_DIRECTORY', 'O_LARGEFILE', 'O_NOFOLLOW', 'O_TMPFILE']
    : []),
]);

const require = createRequire(import.meta.url);
const { resolve }: { resolve(folder: string): string } = require('node-gyp-build');

/** The path of the addon under test: that of this checkout, or of the folder FDSELECT_PREBUILD. */
export const ADDON = resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** How many constants of a module the C library's headers have at least; musl's have fewer. */
export function atLeast(count: number): number {
  return isMusl ? Math.floor(count * 0.8) : count;
}

/**
 * A test that cannot pass in some runtimes, or with musl: it is skipped there, and the reason becomes
 * a part of its title, where test/runtimes.mjs finds it.
 */
export function testUnless(reasons: Partial<Record<Exclude<Runtime, 'Node'> | 'musl', string>>) {
  const here = [...(runtime === 'Node' ? [] : [runtime]), ...(isMusl ? ['musl' as const] : [])];
  const where = here.find((name) => reasons[name] !== undefined);
  return (title: string, run: () => void | Promise<void>): void => {
    if (where === undefined) test(title, run);
    else test.skip(`${title} [${where}: ${reasons[where]}]`, run);
  };
}

/**
 * The cases of a `test.each` whose title shows them with `%s`: Bun would spread an item that is an
 * array, and cannot show them all.
 */
export function shown<T>(values: readonly T[]): [shown: string, value: T][] {
  return values.map((value) => [inspect(value), value]);
}

/** For tests that select() on an fd of 1024 or more. */
export const testHighFds = testUnless({ qemu: 'qemu-user aborts at select(2) with an fd >= 1024' });
