/** Prints at once: a contender that blocks never returns to Node's event loop. */
import { writeSync } from 'node:fs';

const STDOUT = 1;

function say(value: object): void {
  writeSync(STDOUT, `${JSON.stringify(value)}\n`);
}

/** Prints the port of an echo server. */
export function announce(port: number): void {
  say({ port });
}

/** Reports that every wake-up counts from now on. */
export function announceWaiting(): void {
  say({ waiting: true });
}
