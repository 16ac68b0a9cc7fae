/** Runs a program made of components until a signal arrives. */
import type { Scheduler } from 'fdselect/components';
import type { Stop } from './announce.js';

/** Runs until all components have ended. The first signal stops them, the second ends at once. */
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
