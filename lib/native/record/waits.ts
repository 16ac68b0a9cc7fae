/** Reads the arguments and results of select, poll and epoll_wait from the memory of the call. */
import type { CallRecord, FdEvents, FdLists } from './format.js';
import type { Tools } from './tools.js';

/** How to read one wait. */
export interface WaitReader {
  /** Before the call: adds the arguments. */
  ask(memory: ArrayBuffer, record: CallRecord): void;
  /** After the call: adds the result; returns the count of restarts. */
  answer(memory: ArrayBuffer, record: CallRecord): number;
}

const SET_KINDS = 3;

export function waitReaders({ layout }: Tools): Record<string, WaitReader> {
  return { poll: pollReader(layout), select: selectReader(layout), waitEpoll: epollReader(layout) };
}

/** Views of the last memory that was used: most often it is used again. */
class Views {
  ints = new Int32Array(0);
  shorts = new Uint16Array(0);
  floats = new Float64Array(0);
  #memory: ArrayBuffer | null = null;

  use(memory: ArrayBuffer): void {
    if (memory === this.#memory) return;
    this.#memory = memory;
    this.ints = new Int32Array(memory);
    this.shorts = new Uint16Array(memory);
    this.floats = new Float64Array(memory, 0, 1);
  }
}

function pollReader(layout: Tools['layout']): WaitReader {
  const { POLL_COUNT, POLL_ENTRIES, POLL_RESTARTS, POLL_TIMEOUT } = layout;
  const views = new Views();
  return {
    ask(memory, record) {
      views.use(memory);
      const { ints, shorts } = views;
      const count = ints[POLL_COUNT] as number;
      const asked = new Array<FdEvents>(count);
      for (let i = 0, at = POLL_ENTRIES; i < count; i++, at += 2) {
        asked[i] = [ints[at] as number, shorts[2 * at + 2] as number];
      }
      ints[POLL_RESTARTS] = 0;
      record.in = asked;
      record.timeout = ints[POLL_TIMEOUT] as number;
    },
    answer(_, record) {
      const { ints, shorts } = views;
      const out: FdEvents[] = [];
      record.out = out;
      const end = POLL_ENTRIES + 2 * (record.ret > 0 ? (ints[POLL_COUNT] as number) : 0);
      for (let at = POLL_ENTRIES; at < end; at += 2) {
        const revents = shorts[2 * at + 3] as number;
        if (revents !== 0 && (ints[at] as number) >= 0) out.push([ints[at] as number, revents]);
      }
      // poll(2) returns all ready entries; the addon returns at most as many as it may write.
      if (record.ret > 0) record.ret = out.length;
      return ints[POLL_RESTARTS] as number;
    },
  };
}

function selectReader(layout: Tools['layout']): WaitReader {
  const { SELECT_COUNTS, SELECT_FDS, SELECT_RESTARTS } = layout;
  const views = new Views();
  return {
    ask(memory, record) {
      views.use(memory);
      const { ints, floats } = views;
      let begin = SELECT_FDS;
      let highest = -1;
      const lists: (number[] | null)[] = [];
      for (let kind = 0; kind < SET_KINDS; kind++) {
        const list = copied(ints, begin, ints[SELECT_COUNTS + kind] as number);
        for (const fd of list) if (fd > highest) highest = fd;
        lists.push(list.length === 0 ? null : list);
        begin += list.length;
      }
      ints[SELECT_RESTARTS] = 0;
      const time = floats[0] as number;
      record.nfds = highest + 1;
      record.in = lists as FdLists;
      record.timeout = time < 0 ? null : time;
    },
    answer(_, record) {
      const { ints } = views;
      // The second half of the lists' memory has the positions of the ready fds.
      let begin = SELECT_FDS + (ints.length - SELECT_FDS) / 2;
      const ready: number[][] = [];
      for (const [kind, list] of (record.in as FdLists).entries()) {
        const count = record.ret > 0 ? (ints[SELECT_COUNTS + kind] as number) : 0;
        ready.push(
          inOrder(copied(ints, begin, count).map((at) => (list as number[])[at] as number)),
        );
        begin += list?.length ?? 0;
      }
      record.out = ready as FdLists;
      return ints[SELECT_RESTARTS] as number;
    },
  };
}

/** Quicker than `subarray` for a few elements. */
function copied(ints: Int32Array, begin: number, count: number): number[] {
  const list: number[] = [];
  for (let at = begin; at < begin + count; at++) list.push(ints[at] as number);
  return list;
}

/** An fd_set holds each fd once, in order. */
function inOrder(fds: number[]): number[] {
  return fds.length < 2 ? fds : [...new Set(fds)].sort((a, b) => a - b);
}

function epollReader(layout: Tools['layout']): WaitReader {
  const { EPOLL_FD, EPOLL_LIMIT, EPOLL_READY, EPOLL_RESTARTS, EPOLL_TIMEOUT } = layout;
  const views = new Views();
  return {
    ask(memory, record) {
      views.use(memory);
      const { ints } = views;
      ints[EPOLL_RESTARTS] = 0;
      record.epfd = ints[EPOLL_FD] as number;
      record.max = ints[EPOLL_LIMIT] as number;
      record.timeout = ints[EPOLL_TIMEOUT] as number;
    },
    answer(_, record) {
      const { ints } = views;
      const out: FdEvents[] = [];
      for (let at = EPOLL_READY; at < EPOLL_READY + 2 * record.ret; at += 2) {
        out.push([ints[at] as number, (ints[at + 1] as number) >>> 0]);
      }
      record.out = out;
      return ints[EPOLL_RESTARTS] as number;
    },
  };
}
