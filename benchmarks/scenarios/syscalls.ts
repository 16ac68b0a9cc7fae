/** System calls per message, as strace counts them: every wait is one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from '../runner/header.js';
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { type EchoServer, startVerified } from './echo-servers.js';

interface CountCell extends Cell {
  connections: number;
}

/** What each kind of server waits, receives and sends with. */
const KINDS: Record<string, readonly string[]> = {
  waits: ['select', 'pselect6', 'poll', 'ppoll', 'epoll_wait', 'epoll_pwait', 'epoll_pwait2'],
  receives: ['read', 'readv', 'recvfrom', 'recvmsg'],
  sends: ['write', 'writev', 'sendto', 'sendmsg'],
};

const MESSAGES = 1000;

/** The counts in strace's summary: lines with a number and a name. */
export function parseCounts(summary: string): Map<string, number> {
  const lines = summary.matchAll(/^\s*(\d+)\s+([a-z]\w*)\s*$/gm);
  return new Map([...lines].map(([, count, name]) => [name as string, Number(count)]));
}

/** Calls per message, by kind. */
export function perMessage(counts: Map<string, number>, messages: number): Record<string, number> {
  const kinds = Object.entries(KINDS).map(([kind, names]) => {
    const sum = names.reduce((total, name) => total + (counts.get(name) ?? 0), 0);
    return [kind, sum / messages] as const;
  });
  const known = new Set(Object.values(KINDS).flat());
  const others = [...counts].filter(([name]) => !known.has(name) && name !== 'total');
  const other = others.reduce((total, [, count]) => total + count, 0) / messages;
  return { ...Object.fromEntries(kinds), other };
}

/** The system calls of all threads of a process while something is done. */
async function count(pid: number, work: () => Promise<unknown>): Promise<Map<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'fdselect-bench-'));
  const file = join(folder, 'strace');
  const args = ['-f', '-c', '-U', 'calls,name', '-o', file, '-p', String(pid)];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  try {
    const [text] = (await once(strace.stderr, 'data')) as [Buffer];
    if (!text.toString().includes('attached')) throw new Error(text.toString().trim());
    await work();
    strace.kill('SIGINT');
    await once(strace, 'close');
    return parseCounts(readFileSync(file, 'utf8'));
  } finally {
    strace.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

async function measure(server: EchoServer, connections: number) {
  await server.connect(connections);
  const load = { size: 64, warmup: 0, window: 60_000, messages: MESSAGES };
  const counts = await count(server.pid, () => server.drive('closed', load));
  return { values: perMessage(counts, MESSAGES) };
}

export function syscalls(): Scenario<CountCell> {
  let isThere = false;
  return {
    name: 'syscalls',
    title: 'System calls per message',
    text:
      'What strace counts while an echo server answers messages. On one connection, every message is a wait, a receive and a ' +
      'send; on several, one wait may find several messages.',
    metrics: {
      waits: { label: 'waits', unit: 'calls', better: 'lower', isAbsolute: true },
      receives: { label: 'receives', unit: 'calls', better: 'lower', isAbsolute: true },
      sends: { label: 'sends', unit: 'calls', better: 'lower', isAbsolute: true },
      other: { label: 'other system calls', unit: 'calls', better: 'lower', isAbsolute: true },
    },
    cells: ({ isQuick }) =>
      (isQuick ? [1] : [1, 10]).map((connections) => ({
        ...{ id: String(connections), label: `${connections} connections`, connections },
      })),
    takesPart: ({ echo }) => echo !== undefined,
    base: ({ name }) => name,
    cost: () => 800,
    rounds: () => 1,
    async begin(context) {
      isThere = output('strace', '--version') !== null;
      if (!isThere) context.note('not available: strace (apt install strace)');
    },
    async open(contender, { cpus }) {
      if (!isThere) throw new Error('strace is not installed (apt install strace)');
      const server = await startVerified(contender, cpus);
      return {
        measure: ({ connections }) => measure(server, connections),
        close: () => server.close(),
      };
    },
  };
}
