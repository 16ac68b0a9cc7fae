/** Rule `fair`: a turn has a budget, so that one fd cannot keep the others waiting. */
import { askedFds } from '../replay/facts.js';
import type { FileState, State } from '../replay/model.js';
import { isWait } from '../replay/steps.js';
import { isReceive } from './calls.js';
import { askedOf, type Finding, type Moment, type Rule } from './finding.js';

/** So many reads of one file in a turn are a generous budget. */
const BUDGET = 64;

interface Turn {
  readonly n: number;
  /** What the wait was asked about, by id of the file. */
  readonly asked: ReadonlyMap<string, number>;
  readonly reads: Map<string, number>;
  /** Answered, and nothing was done about them yet. */
  readonly waiting: Map<string, number>;
}

export class Fair implements Rule {
  readonly #turns = new Map<number, Turn>();
  readonly #found = new Map<
    string,
    { fd: number; other: number; reads: number; steps: number[] }
  >();

  see(moment: Moment): void {
    const { record, file, n, step, state } = moment;
    if (isWait(record)) {
      if (step.phase !== 'enter') this.#begin(moment);
      return;
    }
    const turn = this.#turns.get(record.th);
    if (turn === undefined || file === undefined || step.phase === 'enter') return;
    turn.waiting.delete(file);
    if (!isReceive(record) || record.ret <= 0) return;
    const reads = (turn.reads.get(file) ?? 0) + 1;
    turn.reads.set(file, reads);
    const known = this.#found.get(file);
    if (known?.steps[0] === turn.n) {
      Object.assign(known, { reads, steps: [turn.n, n] });
    } else if (reads > BUDGET && known === undefined) {
      const other = starved(turn, state, file);
      if (other === undefined) return;
      this.#found.set(file, { fd: record.fd as number, other, reads, steps: [turn.n, n] });
    }
  }

  #begin({ n, record, answers, state }: Moment): void {
    if (record.ret <= 0) {
      this.#turns.delete(record.th);
      return;
    }
    const asked = new Map<string, number>();
    for (const [fd] of askedOf(state, record, askedFds(record))) {
      const file = state.fds[fd];
      if (file !== undefined) asked.set(file, fd);
    }
    const waiting = new Map<string, number>();
    for (const { file, fd } of answers) if (file !== undefined) waiting.set(file, fd);
    this.#turns.set(record.th, { n, asked, reads: new Map(), waiting });
  }

  findings(): Finding[] {
    return [...this.#found.values()].map(({ fd, other, reads, steps }) => {
      const sentence = `fd ${fd} was read ${reads} times in one turn while fd ${other} had something to read, too: give each fd a budget, and go on in the next turn.`;
      return { rule: 'fair', sentence, steps, lesson: 17 };
    });
  }
}

/** Another fd that is ready and has not had its turn. */
function starved({ waiting, asked }: Turn, state: State, reader: string): number | undefined {
  for (const [file, fd] of waiting) if (file !== reader) return fd;
  for (const [file, fd] of asked) {
    const { inbox } = state.files[file] as FileState;
    if (file !== reader && inbox.bytes > 0 && state.fds[fd] === file) return fd;
  }
  return undefined;
}
