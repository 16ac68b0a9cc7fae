/**
 * Marks that a scenario adds to the recording of its thread. Without a recording they do nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';

interface RecorderOfThread {
  put(record: object): void;
  flush(): void;
}

function recorder(): RecorderOfThread | undefined {
  return Reflect.get(globalThis, Symbol.for('fdselect.recorder')) as RecorderOfThread | undefined;
}

/**
 * Marks the beginning of a beat. The page shows the same beat of different mechanisms side by side.
 */
export function mark(beat: number, say: string): void {
  recorder()?.put({ k: 'mark', beat, say });
}

/**
 * The system calls in which a thread waits for readiness, by the kernel function that it sleeps in.
 */
const WAITS: Record<string, string> = {
  poll_schedule_timeout: 'poll',
  do_epoll_wait: 'epoll_wait',
  ep_poll: 'epoll_wait',
};

/**
 * Waits until the kernel shows that a thread of this process is asleep in a wait, and records it:
 * with this a client acts only when the server waits. Blocks.
 *
 * @param thread - the thread's id as recordings have it; 0 is the main thread
 * @param tid - its number in `/proc/self/task`; that of the main thread is the process's
 * @throws Error if there is no `/proc`, or if the thread does not sleep within 10 seconds
 * @platform Linux
 */
export function untilAsleep(thread = 0, tid: number = process.pid): void {
  const end = performance.now() + 10_000;
  while (performance.now() < end) {
    // The compiler may add a suffix to the name: `poll_schedule_timeout.constprop.0`.
    const [wchan = ''] = readFileSync(`/proc/self/task/${tid}/wchan`, 'utf8').split('.');
    const syscall = WAITS[wchan];
    if (syscall === undefined) continue;
    recorder()?.put({ k: 'asleep', of: thread, syscall, wchan });
    return;
  }
  throw new Error(`thread ${tid} of ${readdirSync('/proc/self/task')} does not sleep in a wait`);
}
