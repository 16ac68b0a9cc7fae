/** The header of a run: machine, versions and settings. */
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Cpus } from './cpus.js';
import { output } from './output.js';
import { root } from './paths.js';

export interface Header {
  date: string;
  machine: string;
  kernel: string;
  /** Versions of what was measured, such as `Node.js`: `20.20.2`. */
  versions: Record<string, string>;
  commit: string;
  command: string;
  rounds: number;
  isQuick: boolean;
  /** null: not pinned. */
  cpus: Cpus | null;
  /** What this machine lacks; missing if nothing. */
  notes?: readonly string[];
  /** The load average before the run: 0 on an idle machine. */
  load: number;
}

export function makeHeader(
  options: Pick<Header, 'command' | 'rounds' | 'isQuick' | 'cpus' | 'notes'>,
): Header {
  const model = cpus()[0]?.model ?? 'unknown CPU';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return {
    date: new Date().toISOString(),
    machine: `${cpus().length} x ${model}, ${gigabytes} GiB${virtualization()}`,
    kernel: `Linux ${release()}`,
    versions: {},
    commit: commit(),
    load: loadavg()[0] ?? 0,
    ...options,
  };
}

function commit(): string {
  if (!existsSync(`${root}/.git`)) return 'not a git checkout';
  const hash = output('git', '-C', root, 'rev-parse', '--short=12', 'HEAD') ?? 'unknown';
  const changes = output('git', '-C', root, 'status', '--porcelain', '--untracked-files=no');
  return (changes ?? '') === '' ? hash : `${hash} with changes`;
}

/** Whether it is a virtual machine, whose CPUs may be shared with others. */
function virtualization(): string {
  const isVirtual = /^flags.*\bhypervisor\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
  return isVirtual ? ', a virtual machine' : '';
}
