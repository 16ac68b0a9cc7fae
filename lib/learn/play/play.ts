/** Plays a scenario, in a process that the recorder watches: `node play.js FOLDER/FILE COLUMN WHATIF`. */
import { writeSync } from 'node:fs';
import { isMainThread, parentPort } from 'node:worker_threads';
import { LEARN } from '../place.js';
import type { Scenario } from './scenario.js';
import { Stage } from './stage.js';
import { isWaiter, Waiter } from './waiters.js';

const [path, column = '', whatIf = ''] = process.argv.slice(2);
// This one only: each thread of a scenario would load all of them, and what they need.
const { scenario }: { scenario: Scenario } = await import(
  new URL(`lessons/${path}.js`, LEARN).href
);

if (isMainThread) {
  const stage = Stage.forServer();
  await scenario.server(stage, column, whatIf);
  await stage.clientEnd();
} else {
  // The server may sleep for ever without its client: the process ends.
  process.on('uncaughtException', (error) => {
    writeSync(2, `${error.stack}\n`);
    process.kill(process.pid, 'SIGKILL');
  });
  if (isWaiter()) {
    Waiter.ready();
    scenario.waiter?.(new Waiter(), column);
  } else {
    const stage = Stage.forClient();
    parentPort?.postMessage('ready');
    await scenario.client?.(stage, column, whatIf);
  }
}
