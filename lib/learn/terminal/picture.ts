/** One column of the player: the last wait, the epoll set, the open files and the counters at a step. */
import { count } from '../replay/count.js';
import { names } from '../replay/events.js';
import type { FdEvents, FdLists } from '../replay/format.js';
import type { Asked, FileState, State } from '../replay/model.js';
import { narrate } from '../replay/narrate.js';
import { stateAt } from '../replay/state.js';
import { stepsOf } from '../replay/steps.js';
import type { Column } from '../replay/timeline.js';
import { shownThread } from '../replay/waiting-threads.js';
import { fitted, type Look, wrap } from './look.js';
import { indexIn, stepsAhead, type View } from './view.js';

const MOST_FDS = 8;

/** The lines of a column. */
export function picture(column: Column, view: View, width: number, look: Look): string[] {
  const index = indexIn(column, view);
  const { recording, name } = column;
  const { length } = stepsOf(recording);
  if (length === 0) return [fitted(name, width), '', ...wrap('The recording has no steps.', width)];
  const state = stateAt(recording, index + 1);
  const ahead = stepsAhead(column, view);
  const waits = ahead === 0 ? '' : `waits: ${count(ahead, 'call')} fewer`;
  return [
    look.title(fitted(`${name}  ${waits}`, width)),
    fitted(`step ${index + 1} of ${length}`, width),
    '',
    ...wrap(narrate(recording, index), width),
    '',
    ...threadLines(state, look),
    ...waitLines(state.threads[shownThread(recording, index + 1)]?.asked ?? null, look),
    ...setLines(state),
    '',
    ...fdLines(state),
    '',
    ...counterLines(state),
  ];
}

/** Who sleeps, where there are several threads. */
function threadLines({ threads }: State, look: Look): string[] {
  const all = Object.entries(threads);
  if (all.length < 2) return [];
  const lines = all.map(([th, { asleep }]) => {
    return `  thread ${th} ${asleep === null ? 'runs' : `${look.dot} sleeps in ${asleep.call.call}`}`;
  });
  return [...lines, ''];
}

function waitLines(asked: Asked | null, look: Look): string[] {
  if (asked === null) return ['no wait yet'];
  if (asked.call === 'select') return selectLines(asked);
  if (asked.call === 'poll') {
    const answers = new Map((asked.out ?? []) as FdEvents[]);
    const cells = ((asked.in ?? []) as FdEvents[]).slice(0, MOST_FDS).map(([fd, events]) => {
      const answer = answers.get(fd) ?? 0;
      const told = answer === 0 ? look.nothing : names(answer);
      return `  ${String(fd).padStart(4)}  ${names(events).padEnd(8)} ${look.arrow} ${told}`;
    });
    return ['poll', ...cells];
  }
  const told = ((asked.out ?? []) as FdEvents[]).map(([fd, events]) => `${fd} ${names(events)}`);
  return [
    `epoll_wait ${look.arrow} ${asked.out === null ? 'sleeps' : told.join('  ') || look.nothing}`,
  ];
}

/** The bits of the sets that were asked about, and of the answer. */
function selectLines({ in: asked, out }: Asked): string[] {
  const kinds = ['read', 'write', 'except'];
  return ((asked ?? []) as FdLists).flatMap((fds, kind) => {
    if (fds === null || fds.length === 0) return [];
    const list = fds.slice(0, MOST_FDS);
    const answer = (out as FdLists | null)?.[kind];
    const bits = list.map((fd) => (answer?.includes(fd) ? 1 : 0));
    const cell = (value: unknown) => String(value).padStart(4);
    return [
      `select ${kinds[kind]}`,
      `  fd  ${list.map(cell).join('')}`,
      `  in  ${list.map(() => cell(1)).join('')}`,
      `  out ${(answer == null ? list.map(() => cell('.')) : bits.map(cell)).join('')}`,
    ];
  });
}

function setLines({ sets, files }: State): string[] {
  return Object.entries(sets).flatMap(([id, { interest, ready }]) => {
    if ((files[id]?.fds.length ?? 0) === 0) return [];
    const entries = interest
      .slice(0, MOST_FDS)
      .map(({ fd, armed }) => (armed ? fd : `${fd} (off)`));
    return [
      `interest list  ${entries.join(' ') || 'empty'}`,
      `ready list (computed)  ${ready.map((key) => key.split(' ')[0]).join(' ') || 'empty'}`,
    ];
  });
}

function fdLines({ fds, files }: State): string[] {
  const entries = Object.entries(fds);
  const lines = entries.slice(0, MOST_FDS).map(([fd, id]) => {
    const { type, inbox, ended, listening } = files[id] as FileState;
    const bytes = inbox.bytes > 0 ? `  ${inbox.bytes} bytes to receive` : '';
    const what = listening ? 'listener' : type;
    return `  ${fd.padStart(4)}  ${what}${bytes}${ended ? '  other end has ended' : ''}`;
  });
  const more = entries.length - lines.length;
  return ['open', ...lines, ...(more > 0 ? [`        and ${more} more`] : [])];
}

function counterLines({ counters }: State): string[] {
  const { calls, waits, wakeUps, bytesIn, bytesOut, lookedAt } = counters;
  return [
    `${count(calls, 'call')}, ${count(waits, 'wait')}, ${wakeUps} found something`,
    // A column of three is 38 wide.
    `computed: ${bytesIn} B in, ${bytesOut} B out,`,
    `  ${count(lookedAt, 'file')} looked at`,
  ];
}
