/** The CPUs of a run: one for the contender, another one for the load generator. */
import { readFileSync } from 'node:fs';

export interface Cpus {
  contender: number;
  /** The load generator, or the process that wakes the contender. */
  driver: number;
}

/** `0-2,5` as numbers. */
export function parseCpuList(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/** Two CPUs that this process may use, of different cores if possible; null: there is only one. */
export function chooseCpus(): Cpus | null {
  const status = readFileSync('/proc/self/status', 'utf8');
  const allowed = parseCpuList(/^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1] ?? '0');
  const [contender, second] = allowed;
  if (contender === undefined || second === undefined) return null;
  const siblings = siblingsOf(contender);
  return { contender, driver: allowed.find((cpu) => !siblings.includes(cpu)) ?? second };
}

function siblingsOf(cpu: number): number[] {
  try {
    const path = `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`;
    return parseCpuList(readFileSync(path, 'utf8'));
  } catch {
    return [cpu]; // some virtual machines do not report cores
  }
}
