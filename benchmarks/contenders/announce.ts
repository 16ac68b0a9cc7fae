/** How an echo server says where it listens. */
import { writeSync } from 'node:fs';

const STDOUT = 1;

/** At once, whatever the process does next: a server that blocks never returns to Node's loop. */
export function announce(port: number): void {
  writeSync(STDOUT, `${JSON.stringify({ port })}\n`);
}
