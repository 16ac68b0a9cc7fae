/** Lesson 19: a signal that comes while the program sleeps in a wait. */
import { select } from 'fdselect';
import { signalPipe } from 'fdselect/signal';

const run = process.argv[2] ?? 'handler';

/** Another program would send it: `kill -USR1 PID`. */
const sendSignal = () => process.kill(process.pid, 'SIGUSR1');

if (run === 'handler') {
  let hasCome = false;
  process.on('SIGUSR1', () => (hasCome = true));
  sendSignal();
  for (let turn = 1; turn <= 3 && !hasCome; turn++) {
    // The bug: no JavaScript runs in here, and so no handler does.
    select([], [], [], 0.05);
    console.log(`turn ${turn}: the handler has run: ${hasCome}`);
  }
  while (!hasCome) await new Promise((resolve) => setImmediate(resolve));
  console.log(`after Node's own loop had its turn: ${hasCome}`);
}

if (run === 'pipe') {
  const signals = signalPipe('SIGUSR1');
  sendSignal();
  const [ready] = select([signals], [], [], 10);
  console.log(`the wait of 10 s has ended: ${ready.length === 1}; read: ${signals.read()}`);
  signals.close();
}
