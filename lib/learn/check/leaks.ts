/** Rule `leaks`: what is opened is used, and closed. */

import { count } from '../replay/count.js';
import { askedFds } from '../replay/facts.js';
import type { FileState, State } from '../replay/model.js';
import { isWait } from '../replay/steps.js';
import { isEnd, isLost } from './calls.js';
import { askedOf, type Ending, type Finding, type Moment, type Rule } from './finding.js';

/** The library closes these with the process, or the program needs them until its end. */
const KEPT = ['signalPipe', 'Waker', 'seen', ''];
/** So many waits later an ended connection that is still open was forgotten. */
const WAITS = 3;
/** So many files that one kind of call has opened are more than a program needs until its end. */
const MANY = 4;

interface Use {
  /** The latest step at which it was used, or watched by a wait. */
  n: number;
  /** The step at which its end was read. */
  ended: number | undefined;
  /** Waits of any thread since `n`. */
  waits: number;
}

export class Leaks implements Rule {
  readonly #uses = new Map<string, Use>();
  #waits = 0;

  see(moment: Moment): void {
    const { record, n, step, state, file } = moment;
    if (step.phase === 'enter') return;
    if (isWait(record)) {
      this.#waits++;
      for (const [fd] of askedOf(state, record, askedFds(record))) this.#use(state.fds[fd], n);
      return;
    }
    if (record.call === 'accept' && record.ret >= 0) this.#use(state.fds[record.ret], n);
    const use = this.#use(file, n);
    if (use !== undefined && (isEnd(record) || isLost(record))) use.ended ??= n;
  }

  #use(file: string | undefined, n: number): Use | undefined {
    if (file === undefined) return undefined;
    const use = this.#uses.get(file) ?? { n, ended: undefined, waits: 0 };
    this.#uses.set(file, Object.assign(use, { n, waits: this.#waits }));
    return use;
  }

  findings(state: State, ending: Ending | undefined): Finding[] {
    const forgotten = this.#forgotten(state);
    const known = new Set(forgotten.map(([id]) => id));
    const left = ending === undefined ? [] : open(state, ending, known);
    return [...forgotten.map(([, finding]) => finding), ...left];
  }

  /** Connections that are neither watched nor used nor closed. */
  #forgotten(state: State): [string, Finding][] {
    return [...this.#uses].flatMap(([id, { n, ended, waits }]): [string, Finding][] => {
      const file = state.files[id];
      const [fd] = file?.fds ?? [];
      if (file === undefined || fd === undefined || this.#waits - waits < WAITS) return [];
      const isUnused = file.how === 'accept' && file.received + file.sent === 0;
      if (ended === undefined && !isUnused) return [];
      const what =
        ended === undefined
          ? 'was accepted, and neither watched nor used since'
          : `has ended at step ${ended}, and was neither closed nor used since`;
      const sentence = `fd ${fd} ${what}: ${count(this.#waits - waits, 'wait')} later its number is still taken.`;
      const steps = ended === undefined || ended === n ? [n] : [ended, n];
      return [[id, { rule: 'leaks', sentence, steps, lesson: 18 }]];
    });
  }
}

/**
 * What the program has left open at its end. The kernel closes it with the process, so one listener or
 * terminal is no fault. Reported are connections of clients, many files of one kind, and all after an
 * error.
 */
function open(state: State, { error }: Ending, known: ReadonlySet<string>): Finding[] {
  const left = Object.values(state.files).filter(
    ({ id, how, fds, type }) =>
      !KEPT.includes(how) &&
      fds.length > 0 &&
      !['eventfd', 'epoll'].includes(type) &&
      !known.has(id),
  );
  const isFault = ({ how }: FileState) =>
    error !== undefined || how === 'accept' || left.filter((one) => one.how === how).length >= MANY;
  if (!left.some(isFault)) return [];
  const named = left.slice(0, 8).map(({ fds, how }) => `fd ${fds.join(', ')} (${how})`);
  const more = left.length > 8 ? `, and ${left.length - 8} more` : '';
  const why = error === undefined ? '' : ` with an error that was not caught (${error})`;
  const sentence = `the program ended${why} and left ${count(left.length, 'file')} open: ${named.join(', ')}${more}.`;
  return [{ rule: 'leaks', sentence, steps: [state.step], lesson: error === undefined ? 0 : 13 }];
}
