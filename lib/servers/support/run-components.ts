/** Runs a program that is made of components. */
import type { Scheduler } from 'fdselect/components';
import type { Stop } from './announce.js';

/** Runs until all has ended, or until a signal: the first ends it in peace, the second at once. */
export function runUntilStopped(scheduler: Scheduler, stop: Stop): void {
  let isStopping = false;
  scheduler.loop.watch(stop, 'r', () => {
    const isUrgent = stop.read().length > 1 || isStopping;
    isStopping = true;
    if (isUrgent) scheduler.close();
    else scheduler.stop();
  });
  scheduler.run();
}
