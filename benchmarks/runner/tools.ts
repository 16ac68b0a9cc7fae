/** The tools that start processes; without them, a run goes on and reports that. */
import type { Cpus } from './cpus.js';
import { once } from './once.js';
import { output } from './output.js';

/** Whether a process can be made to end with its parent; BusyBox's setpriv has no such option. */
export const hasSetpriv = once(() => output('setpriv', '--pdeathsig', 'KILL', 'true') !== null);

/** Whether a process can be pinned to a CPU. */
export function canPin(cpu: number): boolean {
  return output('taskset', '--cpu-list', String(cpu), 'true') !== null;
}

/** Where processes run, and what this machine lacks. @param cpus - null: there is only one */
export function placement(cpus: Cpus | null): { cpus: Cpus | null; notes: string[] } {
  const notes = hasSetpriv()
    ? []
    : ['setpriv is missing (apt install util-linux): processes may outlive a run that is killed'];
  if (cpus === null) notes.push('contenders and the load generator share the only CPU');
  else if (!canPin(cpus.contender)) {
    notes.push('taskset is missing (apt install util-linux): nothing is pinned to a CPU');
    return { cpus: null, notes };
  }
  return { cpus, notes };
}
