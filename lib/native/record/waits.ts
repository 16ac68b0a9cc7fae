/** What select, poll and epoll_wait were asked and answered, from the memory of the call. */
import type { CallRecord, FdEvents, FdLists } from './format.js';
import type { Tools } from './tools.js';

type Fields = Partial<CallRecord>;

/** How to read one wait: before the call, and after it. */
export interface WaitReader {
  asked(memory: ArrayBuffer): Fields;
  answered(memory: ArrayBuffer, asked: Fields, result: number): Fields;
  /** The place of the count of restarts. */
  restarts: number;
}

const SET_KINDS = 3;

export function waitReaders({ layout }: Tools): Record<string, WaitReader> {
  return { poll: pollReader(layout), select: selectReader(layout), waitEpoll: epollReader(layout) };
}

function pollReader(layout: Tools['layout']): WaitReader {
  const { POLL_COUNT, POLL_ENTRIES, POLL_RESTARTS, POLL_TIMEOUT } = layout;
  const views = (memory: ArrayBuffer) => {
    const count = new Int32Array(memory, 4 * POLL_COUNT, 1)[0] as number;
    const ints = new Int32Array(memory, 4 * POLL_ENTRIES, 2 * count);
    return { count, ints, shorts: new Uint16Array(memory, 4 * POLL_ENTRIES, 4 * count) };
  };
  return {
    restarts: POLL_RESTARTS,
    asked(memory) {
      const { count, ints, shorts } = views(memory);
      const asked = new Array<FdEvents>(count);
      for (let i = 0; i < count; i++) {
        asked[i] = [ints[2 * i] as number, shorts[4 * i + 2] as number];
      }
      return { in: asked, timeout: new Int32Array(memory, 4 * POLL_TIMEOUT, 1)[0] as number };
    },
    answered(memory, _, result) {
      const out: FdEvents[] = [];
      if (result <= 0) return { out };
      const { count, ints, shorts } = views(memory);
      for (let i = 0; i < count; i++) {
        const revents = shorts[4 * i + 3] as number;
        if (revents !== 0 && (ints[2 * i] as number) >= 0) {
          out.push([ints[2 * i] as number, revents]);
        }
      }
      // The call answers how many the program had room for; the kernel, how many there were.
      return { out, ret: out.length };
    },
  };
}

function selectReader(layout: Tools['layout']): WaitReader {
  const { SELECT_COUNTS, SELECT_FDS, SELECT_RESTARTS } = layout;
  return {
    restarts: SELECT_RESTARTS,
    asked(memory) {
      const time = new Float64Array(memory, 0, 1)[0] as number;
      const counts = new Int32Array(memory, 4 * SELECT_COUNTS, SET_KINDS);
      const fds = new Int32Array(memory, 4 * SELECT_FDS);
      let begin = 0;
      const lists = Array.from(counts, (count) => {
        const list = count === 0 ? null : Array.from(fds.subarray(begin, begin + count));
        begin += count;
        return list;
      });
      let highest = -1;
      for (const list of lists) for (const fd of list ?? []) if (fd > highest) highest = fd;
      return { nfds: highest + 1, in: lists as FdLists, timeout: time < 0 ? null : time };
    },
    answered(memory, asked, result) {
      const counts = new Int32Array(memory, 4 * SELECT_COUNTS, SET_KINDS);
      const half = (memory.byteLength - 4 * SELECT_FDS) / 2;
      const positions = new Int32Array(memory, 4 * SELECT_FDS + half);
      let begin = 0;
      const lists = (asked.in as FdLists).map((list, kind) => {
        const count = result > 0 ? (counts[kind] as number) : 0;
        const places = Array.from(positions.subarray(begin, begin + count));
        begin += list?.length ?? 0;
        // The sets of the kernel have each fd once, in order.
        const ready = new Set(places.map((place) => (list as number[])[place] as number));
        return [...ready].sort((a, b) => a - b);
      });
      return { out: lists as FdLists };
    },
  };
}

function epollReader(layout: Tools['layout']): WaitReader {
  const { EPOLL_FD, EPOLL_LIMIT, EPOLL_READY, EPOLL_RESTARTS, EPOLL_TIMEOUT } = layout;
  return {
    restarts: EPOLL_RESTARTS,
    asked(memory) {
      const header = new Int32Array(memory, 0, EPOLL_READY);
      return {
        epfd: header[EPOLL_FD] as number,
        max: header[EPOLL_LIMIT] as number,
        timeout: header[EPOLL_TIMEOUT] as number,
      };
    },
    answered(memory, _, result) {
      const ints = new Int32Array(memory);
      const out: FdEvents[] = [];
      for (let i = EPOLL_READY; i < EPOLL_READY + 2 * result; i += 2) {
        out.push([ints[i] as number, (ints[i + 1] as number) >>> 0]);
      }
      return { out };
    },
  };
}
