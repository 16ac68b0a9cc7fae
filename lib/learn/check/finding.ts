/** What the doctor finds, and what each of its rules looks at. */
import type { CallRecord, FdEvents } from '../replay/format.js';
import type { Interest, State } from '../replay/model.js';
import type { Step } from '../replay/steps.js';

/** The names of the rules. */
export type RuleName =
  | 'sleeps'
  | 'drained'
  | 'partial'
  | 'fair'
  | 'closed'
  | 'leaks'
  | 'frugal'
  | 'blocks';

/** One fault that a recording shows. */
export interface Finding {
  readonly rule: RuleName;
  /** What was done, and what to do instead. */
  readonly sentence: string;
  /** The steps that prove it, counted from 1 as `fdselect replay --step` counts them. */
  readonly steps: readonly number[];
  /** The number of the lesson that explains it. */
  readonly lesson: number;
}

/** A file that a wait has answered. */
export interface Answer {
  readonly fd: number;
  /** Its id; undefined where the recording does not know the file. */
  readonly file: string | undefined;
  readonly events: number;
  /** Its entry in the interest list of the epoll set. */
  readonly entry: Readonly<Interest> | undefined;
}

/** The latest wait of a thread that has found something. */
export interface Batch {
  /** The number of its step. */
  readonly n: number;
  readonly record: CallRecord;
  readonly answers: readonly Answer[];
}

/** A step, as a rule sees it: with the state after it. */
export interface Moment {
  /** The number of the step, from 1. */
  readonly n: number;
  readonly step: Step;
  readonly record: CallRecord;
  readonly state: State;
  /** The id of the file of `record.fd`. */
  readonly file: string | undefined;
  /** What a wait of this step answered; empty for other calls. */
  readonly answers: readonly Answer[];
  /** The answers that the thread is working on: those of its wait before this step. */
  readonly batch: Batch | undefined;
  /** Whether the program gave a wait to its event loop before this step. */
  readonly isAsync: boolean;
}

/** How the program has ended, where the recording says so. */
export interface Ending {
  readonly code: number;
  /** The error that ended it. */
  readonly error: string | undefined;
}

/** A rule that goes through one recording. */
export interface Rule {
  see(moment: Moment): void;
  /** Called once, after the last step. */
  findings(state: State, ending: Ending | undefined): Finding[];
}

/** The fds that a wait asks about, those of an epoll set included. */
export function askedOf(state: State, record: CallRecord, asked: FdEvents[]): FdEvents[] {
  if (record.epfd === undefined) return asked;
  const set = state.sets[state.fds[record.epfd] ?? ''];
  return (set?.interest ?? []).map(({ fd, events, armed }) => [fd, armed ? events : 0]);
}
