/** Child processes in which host names have the addresses, and take the time, that a test wants. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('names.c', import.meta.url));

/** A library for LD_PRELOAD, see names.c. Linux with a C compiler, as the addon needs one. */
export function buildNames(): { library: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-names-'));
  const library = join(folder, 'names.so');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl']);
  return { library, remove: () => rmSync(folder, { recursive: true }) };
}

/** The environment of a child. `names`: 'slow.test 1000 127.0.0.1;…', see names.c. */
export function withNames(library: string, names: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    LD_PRELOAD: [process.env.LD_PRELOAD, library].filter(Boolean).join(' '),
    NAMES: names,
  };
}
