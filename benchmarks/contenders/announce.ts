/** What a contender says at once, whatever it does next: who blocks never returns to Node's loop. */
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
