/** Lesson 18: a server that has no file descriptor left. Runs itself again with a limit of 60. */
import { spawnSync } from 'node:child_process';
import { POLLIN, poll } from 'fdselect';
import { close, dup } from 'fdselect/os';
import { createConnection, createServer } from 'fdselect/socket';

const run = process.argv[2] ?? 'spin';

if (process.argv[3] !== 'limited') {
  const command = 'ulimit -n 60 && exec "$@"';
  const self = [process.execPath, process.argv[1] ?? '', run, 'limited'];
  spawnSync('sh', ['-c', command, 'sh', ...self], { stdio: 'inherit' });
  process.exit();
}

const listener = createServer(['127.0.0.1', 0]);
listener.setblocking(false);
const poller = poll();
poller.register(listener, POLLIN);
let reserve = dup(0); // a number that is kept for a bad day

/** Takes up all numbers but one, which the client needs: the server has none left. */
const taken: number[] = [];
try {
  for (;;) taken.push(dup(0));
} catch {
  close(taken.pop() as number);
}
const client = createConnection(listener.getsockname());

/** Waits for 50 ms, on a busy machine for 100 turns, and lets the function attend to the listener. */
function serve(attend: () => void): number {
  const end = performance.now() + 50;
  let turns = 0;
  for (let left = 50; left > 0 || turns <= 100; left = end - performance.now()) {
    turns++;
    if (poller.poll(Math.max(left, 1)).length === 0) break; // it has slept until the end
    attend();
  }
  return turns;
}

/** Accepts one client. False: no number is left. */
function accept(): boolean {
  try {
    listener.tryAccept()?.[0].close();
    return true;
  } catch (error) {
    if ((error as { code: string }).code === 'EMFILE') return false;
    throw error;
  }
}

if (run === 'spin') {
  const turns = serve(() => accept()); // the bug: nothing is done about it
  console.log(`in 50 ms: ${turns > 100 ? 'more than 100 turns, all of them for nothing' : turns}`);
}

if (run === 'pause') {
  const turns = serve(() => accept() || poller.modify(listener, 0));
  console.log(
    `in 50 ms: ${turns > 2 ? turns : 'at most 2'} turns; the client still waits in the queue`,
  );
  close(taken.pop() as number);
  poller.modify(listener, POLLIN);
  poller.poll(0);
  console.log(`a number is free again: accepted ${accept()}`);
}

if (run === 'reserve') {
  const turns = serve(() => {
    close(reserve); // now one number is free: for the client that is to be sent away
    accept();
    reserve = dup(0);
  });
  console.log(
    `in 50 ms: ${turns > 2 ? turns : 'at most 2'} turns; the client got the end: ${client.recv(1).length === 0}`,
  );
}
