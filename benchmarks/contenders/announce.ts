/** What a contender says at once: one that blocks never returns to Node's event loop. */
import { writeSync } from 'node:fs';

const STDOUT = 1;

function say(value: object): void {
  writeSync(STDOUT, `${JSON.stringify(value)}\n`);
}

/** Where an echo server listens. */
export function announce(port: number): void {
  say({ port });
}

/** From now on every wake-up counts. */
export function announceWaiting(): void {
  say({ waiting: true });
}
