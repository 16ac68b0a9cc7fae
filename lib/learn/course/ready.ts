/** The readiness table: the results of select, poll and epoll for one fd, from this kernel. */
import * as fdselect from 'fdselect';
import { epoll, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, poll, select } from 'fdselect';
import { inSituation, situations } from './situations.js';

type Fd = number | { fileno(): number };

/** One row; `-` stands for "not ready". */
export interface Readiness {
  /** `r`, `w`, `x`: the sets in which the fd came back; or the error. */
  readonly select: string;
  /** Asked for IN, PRI, OUT and RDHUP. */
  readonly poll: string;
  /** The result of poll without any asked event. */
  readonly unasked: string;
  /** As `poll`; `none` on systems without epoll. */
  readonly epoll: string;
}

const ALL = POLLIN | POLLPRI | POLLOUT | (POLLRDHUP ?? 0);
const NAMES = ['IN', 'PRI', 'OUT', 'ERR', 'HUP', 'NVAL', 'RDHUP'] as const;

function namesOf(events: number): string {
  const bits = fdselect as unknown as Record<string, number | undefined>;
  return NAMES.filter((name) => events & (bits[`POLL${name}`] ?? 0)).join(' ') || '-';
}

/** A cell of the table: the result of a call, or the code of its error. */
function cell(ask: () => string): string {
  try {
    return ask() || '-';
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

/** The results for one fd, now. */
function readinessOf(fd: Fd): Readiness {
  const polled = (events: number) =>
    cell(() => {
      const poller = poll();
      poller.register(fd, events);
      return poller
        .poll(0)
        .map(([, found]) => namesOf(found))
        .join();
    });
  return {
    select: cell(() => {
      const [r, w, x] = select([fd], [fd], [fd], 0);
      return `${r.length > 0 ? 'r' : ''}${w.length > 0 ? 'w' : ''}${x.length > 0 ? 'x' : ''}`;
    }),
    poll: polled(ALL),
    unasked: polled(0),
    epoll: cell(() => {
      if (epoll === undefined) return 'none';
      const set = epoll();
      try {
        // The bits of epoll that have a name in poll have the same value.
        set.register(fd, ALL);
        return set
          .poll(0)
          .map(([, found]) => namesOf(found))
          .join();
      } finally {
        set.close();
      }
    }),
  };
}

/** The situation of that name, measured. */
export function measure(name: string): Readiness {
  const make = situations.find(([known]) => known === name)?.[1];
  if (make === undefined) throw new Error(`there is no situation '${name}'`);
  return inSituation(make, readinessOf);
}

/** The whole table as text: one situation a row, columns two spaces apart. */
export function readinessTable(): string {
  const rows = situations.map(([name]) => {
    const { select, poll, unasked, epoll } = measure(name);
    const isOther = epoll !== poll && epoll !== 'none';
    return [name, select, isOther ? `${poll} (epoll: ${epoll})` : poll, unasked];
  });
  const all = [['situation', 'select', 'poll', 'unasked'], ...rows];
  const widths = all[0]?.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
