/** The lines for one call of poll, select and epoll, from the memory that was exchanged with the addon. */
import type { NativeBinding } from '../contract.js';
import {
  EPOLL_FD,
  EPOLL_LIMIT,
  EPOLL_READY,
  EPOLL_TIMEOUT,
  POLL_COUNT,
  POLL_ENTRIES,
  POLL_TIMEOUT,
  SELECT_COUNTS,
  SELECT_FDS,
} from '../wait-memory.js';
import { array, EPOLL_EVENTS, flags, outcome, POLL_EVENTS, set } from './notation.js';

export function describePoll(binding: NativeBinding, memory: ArrayBuffer, result: number): string {
  const header = new Int32Array(memory, 0, POLL_ENTRIES);
  const count = header[POLL_COUNT] as number;
  const timeout = header[POLL_TIMEOUT] as number;
  const ints = new Int32Array(memory, 4 * POLL_ENTRIES, 2 * count);
  const shorts = new Uint16Array(memory, 4 * POLL_ENTRIES, 4 * count);
  const entries: string[] = [];
  const ready: string[] = [];
  for (let i = 0; i < count; i++) {
    const fd = ints[2 * i] as number;
    const revents = shorts[4 * i + 3] as number;
    entries.push(
      fd < 0
        ? `{fd=${fd}}`
        : `{fd=${fd}, events=${flags(binding, POLL_EVENTS, shorts[4 * i + 2])}}`,
    );
    if (result > 0 && revents !== 0)
      ready.push(`{fd=${fd}, revents=${flags(binding, POLL_EVENTS, revents)}}`);
  }
  const answer = result > 0 ? `${ready.length} (${array(ready)})` : outcome(binding, result);
  return `poll(${array(entries)}, ${count}, ${timeout}) = ${answer}`;
}

export interface SelectLists {
  timeout: number;
  lists: number[][];
}

export function selectLists(memory: ArrayBuffer): SelectLists {
  const timeout = new Float64Array(memory, 0, 1)[0] as number;
  const counts = new Int32Array(memory, 4 * SELECT_COUNTS, 3);
  const fds = new Int32Array(memory, 4 * SELECT_FDS);
  let begin = 0;
  const lists = [...counts].map((count) => {
    const list = [...fds.subarray(begin, begin + count)];
    begin += count;
    return list;
  });
  return { timeout, lists };
}

export function describeSelect(
  binding: NativeBinding,
  { timeout, lists }: SelectLists,
  memory: ArrayBuffer,
  result: number,
): string {
  const counts = new Int32Array(memory, 4 * SELECT_COUNTS, 3);
  const positions = new Int32Array(
    memory,
    SELECT_FDS * 4 + (memory.byteLength - SELECT_FDS * 4) / 2,
  );
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

const OPERATIONS = ['EPOLL_CTL_ADD', 'EPOLL_CTL_MOD', 'EPOLL_CTL_DEL'];

export function describeEpollControl(
  binding: NativeBinding,
  [epollFd, operation, fd, events]: [number, number, number, number],
  result: number,
): string {
  const name = OPERATIONS[operation] as string;
  const event = name === 'EPOLL_CTL_DEL' ? 'NULL' : epollEvent(binding, fd, events);
  return `epoll_ctl(${epollFd}, ${name}, ${fd}, ${event}) = ${outcome(binding, result, '0')}`;
}

export function describeEpollWait(
  binding: NativeBinding,
  memory: ArrayBuffer,
  result: number,
): string {
  const ints = new Int32Array(memory);
  const epollFd = ints[EPOLL_FD];
  const timeout = ints[EPOLL_TIMEOUT];
  const limit = ints[EPOLL_LIMIT];
  const events = Array.from({ length: Math.max(result, 0) }, (_, i) =>
    epollEvent(
      binding,
      ints[EPOLL_READY + 2 * i] as number,
      ints[EPOLL_READY + 2 * i + 1] as number,
    ),
  );
  // What a failed call would have written is not shown but as an address.
  const answer = result < 0 ? '[]' : array(events);
  return `epoll_wait(${epollFd}, ${answer}, ${limit}, ${timeout}) = ${outcome(binding, result, '0')}`;
}

function epollEvent(binding: NativeBinding, fd: number, events: number): string {
  return `{events=${flags(binding, EPOLL_EVENTS, events)}, data={u32=${fd}, u64=${fd}}}`;
}
