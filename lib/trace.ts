/** `FDSELECT_TRACE=1`: every finished select and poll on stderr, in strace's notation. */
import { writeSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type { NativeBinding } from './native.js';

const STDERR = 2;

const pause = new Int32Array(new SharedArrayBuffer(4));

/** strace shows this many entries of an array and then an ellipsis. */
const MAX_SHOWN = 32;

/** The events that strace names, in its order. */
const EVENT_NAMES = [
  'POLLIN',
  'POLLPRI',
  'POLLOUT',
  'POLLERR',
  'POLLHUP',
  'POLLNVAL',
  'POLLRDNORM',
  'POLLRDBAND',
  'POLLWRNORM',
  'POLLWRBAND',
  'POLLMSG',
  'POLLRDHUP',
];

/** The binding, with the calls that wait printed when they are over. */
export function traced(binding: NativeBinding): NativeBinding {
  return {
    ...binding,
    poll: (memory) => {
      const result = binding.poll(memory);
      print(describePoll(binding, memory, result));
      return result;
    },
    select: (memory) => {
      const before = selectLists(memory);
      const result = binding.select(memory);
      print(describeSelect(binding, before, memory, result));
      return result;
    },
  };
}

/**
 * Writes a line to stderr. `process.stderr` will not do: what a full pipe does not take at once it
 * keeps for Node's event loop, to which a loop on select() never returns.
 */
function print(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDERR, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // nobody reads any longer
      Atomics.wait(pause, 0, 0, 1); // a poll() here would be one more call to print
    }
  }
}

// The layouts are those of lib/poll.ts and lib/select.ts.

function describePoll(binding: NativeBinding, memory: ArrayBuffer, result: number): string {
  const [count, timeout] = new Int32Array(memory, 0, 2) as unknown as [number, number];
  const ints = new Int32Array(memory, 32, 2 * count);
  const shorts = new Uint16Array(memory, 32, 4 * count);
  const entries: string[] = [];
  const ready: string[] = [];
  for (let i = 0; i < count; i++) {
    const fd = ints[2 * i] as number;
    const revents = shorts[4 * i + 3] as number;
    entries.push(fd < 0 ? `{fd=${fd}}` : `{fd=${fd}, events=${flags(binding, shorts[4 * i + 2])}}`);
    if (result > 0 && revents !== 0) ready.push(`{fd=${fd}, revents=${flags(binding, revents)}}`);
  }
  const answer = result > 0 ? `${ready.length} (${array(ready)})` : outcome(binding, result);
  return `poll(${array(entries)}, ${count}, ${timeout}) = ${answer}`;
}

function array(items: string[]): string {
  const shown = items.slice(0, MAX_SHOWN);
  if (items.length > MAX_SHOWN) shown.push('...');
  return `[${shown.join(', ')}]`;
}

function flags(binding: NativeBinding, bits = 0): string {
  const names: string[] = [];
  let rest = bits;
  for (const name of EVENT_NAMES) {
    const bit = binding.constants[name] ?? 0;
    if ((rest & bit) === 0) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.length === 0 ? '0' : names.join('|');
}

interface SelectLists {
  timeout: number;
  lists: number[][];
}

function selectLists(memory: ArrayBuffer): SelectLists {
  const timeout = new Float64Array(memory, 0, 1)[0] as number;
  const counts = new Int32Array(memory, 8, 3);
  const fds = new Int32Array(memory, 24);
  let begin = 0;
  const lists = [...counts].map((count) => {
    const list = [...fds.subarray(begin, begin + count)];
    begin += count;
    return list;
  });
  return { timeout, lists };
}

function describeSelect(
  binding: NativeBinding,
  { timeout, lists }: SelectLists,
  memory: ArrayBuffer,
  result: number,
): string {
  const counts = new Int32Array(memory, 8, 3);
  const positions = new Int32Array(memory, 24 + (memory.byteLength - 24) / 2);
  const ready: string[] = [];
  let begin = 0;
  for (const [kind, name] of ['in', 'out', 'except'].entries()) {
    const list = lists[kind] as number[];
    const found = [...positions.subarray(begin, begin + (counts[kind] as number))];
    if (found.length > 0) ready.push(`${name} ${set(found.map((i) => list[i] as number))}`);
    begin += list.length;
  }
  const nfds = Math.max(-1, ...lists.map((list) => Math.max(-1, ...list))) + 1;
  const time =
    timeout < 0 ? 'NULL' : `{tv_sec=${Math.floor(timeout / 1e6)}, tv_usec=${timeout % 1e6}}`;
  const sets = lists.map((list) => (list.length === 0 ? 'NULL' : set(list)));
  const answer = result > 0 ? `${result} (${ready.join(', ')})` : outcome(binding, result);
  return `select(${nfds}, ${sets.join(', ')}, ${time}) = ${answer}`;
}

/** An fd set as the kernel sees it: every fd once, in order. */
function set(fds: number[]): string {
  return `[${[...new Set(fds)].sort((a, b) => a - b).join(' ')}]`;
}

function outcome(binding: NativeBinding, result: number): string {
  if (result === 0) return '0 (Timeout)';
  const other = Object.entries(osConstants.errno).find(([, errno]) => errno === -result);
  const name = getSystemErrorMap().get(result)?.[0] ?? other?.[0] ?? `${-result}`;
  return `-1 ${name} (${binding.strerror(-result)})`;
}
