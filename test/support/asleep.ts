/** Whether threads of this process sleep: in a call that blocks, this is how to see that it waits. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const TASKS = '/proc/self/task';

/** proc(5): S in a call that waits. True where the system does not say. */
export function threadSleeps(tid: number | string): boolean {
  if (!existsSync(TASKS)) return true;
  try {
    const stat = readFileSync(`${TASKS}/${tid}/stat`, 'latin1');
    // The name in parentheses may hold anything.
    return stat.at(stat.lastIndexOf(')') + 2) === 'S';
  } catch {
    return true; // it has ended
  }
}

/** Blocks until all other threads of this process sleep: then they have handled all earlier events. */
export function untilOthersSleep(): void {
  if (!existsSync(TASKS)) return;
  const moment = new Int32Array(new SharedArrayBuffer(4));
  const others = () => readdirSync(TASKS).filter((tid) => Number(tid) !== process.pid);
  const deadline = performance.now() + 5000; // some runtimes have a thread that is never at rest
  do Atomics.wait(moment, 0, 0, 2);
  while (!others().every(threadSleeps) && performance.now() < deadline);
}
