/** Before any test: builds `dist/` and the addon if they are older than the sources. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const FRESH_BUILD = fileURLToPath(new URL('../../scripts/fresh-build.mjs', import.meta.url));

export function setup(): void {
  // Not execPath: test/prebuilds.mjs changes it for the processes that tests start.
  execFileSync(process.argv[0] as string, [FRESH_BUILD], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
