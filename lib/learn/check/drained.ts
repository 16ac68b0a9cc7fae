/** Rule `drained`: what is watched edge-triggered or oneshot is read until nothing is left. */

import { count } from '../replay/count.js';
import { EVENT, hasBit } from '../replay/facts.js';
import type { State } from '../replay/model.js';
import { isWait } from '../replay/steps.js';
import { isReceive } from './calls.js';
import type { Answer, Finding, Moment, Rule } from './finding.js';

interface Edge {
  readonly n: number;
  readonly answer: Answer;
  /** The thread that got the event. */
  readonly th: number;
  /** The last read since then took all that it had room for. */
  read: number | undefined;
  /** A read found less than it had room for. It empties the file, and does not arm a oneshot entry. */
  isEmptied: boolean;
  /** The step at which the thread went to sleep all the same. */
  asleep: number | undefined;
  /** Bytes that are left, where both ends are recorded. */
  unread: number;
}

/** One read of these takes all. */
const WHOLE = ['eventfd', 'timerfd', 'udp', 'inotify', 'signalfd'];

export class Drained implements Rule {
  readonly #open = new Map<string, Edge>();
  readonly #found: Edge[] = [];

  see(moment: Moment): void {
    const { record, file, n, step, answers, state } = moment;
    if (isWait(record)) {
      if (record.timeout !== 0 || moment.isAsync) this.#sleep(n, record.th);
      if (step.phase !== 'enter') for (const answer of answers) this.#told(answer, moment);
      return;
    }
    if (step.phase === 'enter' || file === undefined) return;
    const edge = this.#open.get(file);
    if (edge === undefined) return;
    if (isReceive(record) && record.ret > 0 && record.ret === record.size) {
      // Without a report: the program itself keeps a list of files with unread data.
      if (edge.asleep === undefined) edge.read = n;
      else this.#open.delete(file);
      return;
    }
    const isReading = isReceive(record) || record.call === 'accept';
    if (record.call === 'accept' && record.ret >= 0) {
      edge.read = n;
      return;
    }
    const isOpen = (state.files[file]?.fds.length ?? 0) > 0;
    if (!isOpen && edge.asleep !== undefined && unread(state, edge) > 0) {
      this.#found.push({ ...edge, unread: unread(state, edge) });
    }
    edge.isEmptied ||= isReading;
    const isDone = isReading && !isOneshot(edge);
    // Asked again by EPOLL_CTL_MOD, closed, or read to its end.
    if (isDone || record.call === 'epoll_ctl' || !isOpen) this.#open.delete(file);
  }

  #told(answer: Answer, { n, record, state }: Moment): void {
    const { file, entry, events } = answer;
    if (file === undefined || entry === undefined || !hasBit(events, EVENT.IN)) return;
    const edge = this.#open.get(file);
    if (edge?.asleep !== undefined) this.#found.push(edge);
    this.#open.delete(file);
    const isEdge = hasBit(entry.events, EVENT.ET | EVENT.ONESHOT);
    if (!isEdge || WHOLE.includes(state.files[file]?.type ?? '')) return;
    this.#open.set(file, {
      n,
      answer,
      th: record.th,
      read: undefined,
      isEmptied: false,
      asleep: undefined,
      unread: 0,
    });
  }

  /** The thread waits, and may wait for something that is there already. */
  #sleep(n: number, th: number): void {
    for (const edge of this.#open.values()) if (edge.th === th) edge.asleep ??= n;
  }

  findings(state: State): Finding[] {
    const found = new Map<string, Finding>();
    const left = [...this.#open.values()]
      .filter(({ asleep, answer }) => asleep !== undefined && mayBeLeft(state, answer))
      .map((edge) => ({ ...edge, unread: unread(state, edge) }))
      .filter((edge) => !edge.isEmptied || edge.unread > 0);
    for (const edge of [...this.#found, ...left]) {
      const file = edge.answer.file as string;
      if (!found.has(file)) found.set(file, describe(edge));
    }
    return [...found.values()];
  }
}

const isOneshot = ({ answer }: Edge) => hasBit(answer.entry?.events ?? 0, EVENT.ONESHOT);

function unread(state: State, { answer }: Edge): number {
  return state.files[answer.file as string]?.inbox.bytes ?? 0;
}

/** Where both ends are recorded, it is known whether something is left. */
function mayBeLeft(state: State, { file }: Answer): boolean {
  const known = state.files[file as string];
  return known === undefined || known.other === undefined || known.inbox.bytes > 0;
}

function describe(edge: Edge): Finding {
  const { n, answer, read, asleep, unread } = edge;
  const how = isOneshot(edge) ? 'EPOLLONESHOT' : 'EPOLLET';
  const rest = unread > 0 ? `, with ${count(unread, 'byte')} left` : '';
  const advice = isOneshot(edge)
    ? 'arm it again with EPOLL_CTL_MOD'
    : 'after an edge, read until EAGAIN';
  const done = edge.isEmptied
    ? 'not armed again'
    : read === undefined
      ? 'not read to its end'
      : 'read until a buffer was full, no further,';
  const sentence = `fd ${answer.fd}, watched with ${how}, was reported, and ${done} before the next wait${rest}: ${advice}.`;
  const steps = [n, ...(read === undefined ? [] : [read]), asleep as number];
  return { rule: 'drained', sentence, steps, lesson: 9 };
}
