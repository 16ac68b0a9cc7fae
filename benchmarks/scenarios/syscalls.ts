/** System calls per message, as strace counts them: every wait is one. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { start } from '../runner/child.js';
import { output } from '../runner/output.js';
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { type EchoServer, startVerified } from './echo-servers.js';

interface CountCell extends Cell {
  connections: number;
  /** Whether messages leave one by one, so that the server sleeps before each of them. */
  isPaced: boolean;
}

/** One call of io_uring waits, receives and sends. */
const RING = 'io_uring_enter';

/** The system calls with which each kind of server waits, receives and sends. */
const KINDS: Record<string, readonly string[]> = {
  waits: ['select', 'pselect6', 'poll', 'ppoll', 'epoll_wait', 'epoll_pwait', 'epoll_pwait2', RING],
  receives: ['read', 'readv', 'recvfrom', 'recvmsg'],
  sends: ['write', 'writev', 'sendto', 'sendmsg'],
};

/**
 * The number of messages. Each leaves after the one before on its connection is back, so no two are
 * received in one call, and all counted calls are for these messages.
 */
const MESSAGES = 1000;
const MESSAGES_WITH_PAUSES = 250;
/** They come first: otherwise the calls of the threads that compile hot functions would be counted. */
const WARM_UP_MESSAGES = 20_000;
/** These have no such threads, and need only their first messages. */
const WITHOUT_COMPILER = new Set(['C', 'CPython']);
const FIRST_MESSAGES = 1000;
/** Long enough for a server to sleep again, although strace makes a call a hundred times slower. */
const PAUSE_MS = 1;
const FOREVER_MS = 60_000;

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

/** For attaching and detaching, which take milliseconds; the counted part has its own time limit. */
const PATIENCE_MS = 10_000;

/** Waits for an event of strace. @throws Error if there is none in time */
async function soon(emitter: NodeJS.EventEmitter, event: string): Promise<unknown> {
  try {
    const [value] = await once(emitter, event, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return value;
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error;
    throw new Error(`strace: no '${event}' within ${PATIENCE_MS} ms`);
  }
}

/** The system calls of all threads of a process while something is done. */
async function count(pid: number, work: () => Promise<unknown>): Promise<Map<string, number>> {
  const args = ['-f', '-c', '-U', 'calls,name', '-p', String(pid)];
  const strace = start(['strace', ...args], null, ['ignore', 'ignore', 'pipe']);
  const stderr = strace.stderr as NonNullable<typeof strace.stderr>;
  try {
    const first = String(await soon(stderr, 'data')).trim();
    if (!first.includes('attached')) throw new Error(first);
    await work();
    const summary = text(stderr);
    strace.kill('SIGINT');
    await soon(strace, 'close');
    return parseCounts(await summary);
  } finally {
    strace.kill('SIGKILL');
  }
}

/** Whether strace is there and may look at a process that is not its own child. */
async function obstacle(): Promise<string | null> {
  if (output('strace', '--version') === null) return 'apt install strace';
  const victim = start(['sleep', '60'], null, 'ignore');
  try {
    await count(victim.pid as number, async () => {});
    return null;
  } catch (error) {
    return `strace is there, but may not be used: ${(error as Error).message}`;
  } finally {
    victim.kill('SIGKILL');
  }
}

async function measure(server: EchoServer, { connections, isPaced }: CountCell, warmUp: number) {
  await server.connect(connections);
  const messages = isPaced ? MESSAGES_WITH_PAUSES : MESSAGES;
  const pause = isPaced ? PAUSE_MS : 0;
  const options = { size: 64, warmup: 0, window: FOREVER_MS, messages, pause };
  await server.drive('closed', { ...options, messages: warmUp, pause: 0 });
  const counts = await count(server.pid, async () => {
    const load = await server.drive('closed', options);
    if (load.messages !== messages) throw new Error(`${load.messages} of ${messages} came back`);
  });
  const values = perMessage(counts, messages);
  // A message that is sent back takes a send: fewer of them are a count that went wrong.
  if ((values.sends as number) < 1 && !counts.has(RING)) throw new Error(`${values.sends} sends`);
  return { values };
}

export function syscalls(): Scenario<CountCell> {
  return {
    name: 'syscalls',
    title: 'System calls per message',
    text:
      'What strace counts while an echo server that is warmed up answers messages, each of which leaves after the one before is back. On one ' +
      'connection there is a pause before each: every message is a wait, a receive and a send. On ten connections there is none, ' +
      "and one wait may find several. A server inside Node's event loop makes two waits in libuv, as node:net does, and then the " +
      'call that it was asked for. What io_uring does in one call is counted as a wait.',
    metrics: {
      waits: { label: 'waits', unit: 'calls', better: 'lower', isAbsolute: true },
      receives: { label: 'receives', unit: 'calls', better: 'lower', isAbsolute: true },
      sends: { label: 'sends', unit: 'calls', better: 'lower', isAbsolute: true },
      other: { label: 'other system calls', unit: 'calls', better: 'lower', isAbsolute: true },
    },
    cells({ isQuick }) {
      const one = { id: '1', label: '1 connection, with pauses', connections: 1, isPaced: true };
      const ten = { id: '10', label: '10 connections', connections: 10, isPaced: false };
      return isQuick ? [one] : [one, ten];
    },
    takesPart: ({ echo, isOnNode26 }) => echo !== undefined && isOnNode26 !== true,
    needsNoWarmUp: true,
    base: ({ name }) => name,
    cost: () => 700,
    rounds: () => 1,
    obstacle,
    async open(contender, { cpus }) {
      const server = await startVerified(contender, cpus);
      const warmUp = WITHOUT_COMPILER.has(contender.family) ? FIRST_MESSAGES : WARM_UP_MESSAGES;
      return {
        measure: (cell) => measure(server, cell, warmUp),
        close: () => server.close(),
      };
    },
  };
}
