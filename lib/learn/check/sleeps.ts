/** Rule `sleeps`: a program with nothing to do sleeps. Finds waits that return at once, again and again. */
import { names } from '../replay/events.js';
import { askedFds, EVENT, hasBit } from '../replay/facts.js';
import type { CallRecord } from '../replay/format.js';
import { isWait } from '../replay/steps.js';
import { isEffective, isEnd } from './calls.js';
import type { Answer, Finding, Moment, Rule } from './finding.js';

/** So many waits in a row may report the same file while nothing is done. */
const MOST = 3;
/** So many waits in a row may find nothing with a timeout of 0. */
const MOST_EMPTY = 30;
/** Nanoseconds between two of them: a program that computes in between is not waiting. */
const GAP = 300_000;

interface Run {
  readonly answer: Answer;
  readonly first: number;
  readonly began: number;
  waits: number;
  last: number;
  ended: number;
  /** A step that shows why: the end that was read, an accept without an fd. */
  evidence: number | undefined;
  reason: [why: string, lesson: number] | undefined;
}

export class Sleeps implements Rule {
  /** The events that each thread gets again and again, by thread and file. */
  readonly #runs = new Map<number, Map<string, Run>>();
  readonly #longest = new Map<string, Run>();
  /** Waits without an answer, by thread. */
  readonly #empty = new Map<number, Run>();
  /** The step at which the end of a file was read. */
  readonly #ends = new Map<string, number>();

  see(moment: Moment): void {
    const { record, n, file, step } = moment;
    if (isWait(record)) {
      if (moment.isAsync || step.phase !== 'whole') this.#clear(record.th);
      if (step.phase === 'whole') this.#wait(moment, record);
      return;
    }
    this.#empty.delete(record.th);
    if (isEnd(record) && file !== undefined && !this.#ends.has(file)) this.#ends.set(file, n);
    if (isEffective(record)) {
      this.#runs.delete(record.th);
      if (file !== undefined) for (const runs of this.#runs.values()) runs.delete(file);
    } else if (record.errno === 'EMFILE' || record.errno === 'ENFILE') {
      const run = this.#runs.get(record.th)?.get(file ?? '');
      if (run !== undefined) run.evidence ??= n;
    }
  }

  #clear(th: number): void {
    this.#runs.delete(th);
    this.#empty.delete(th);
  }

  #wait(moment: Moment, record: CallRecord): void {
    if (record.ret <= 0) {
      this.#runs.delete(record.th);
      if (record.ret === 0 && record.timeout === 0) this.#waitInVain(moment, record);
      else this.#empty.delete(record.th);
      return;
    }
    this.#empty.delete(record.th);
    const before = this.#runs.get(record.th) ?? new Map<string, Run>();
    const now = new Map<string, Run>();
    for (const answer of moment.answers) {
      const key = answer.file ?? `fd ${answer.fd}`;
      const run = grow(before.get(key), answer, moment, record);
      now.set(key, run);
      if (run.waits === MOST + 1) run.reason = this.#reason(run, moment, asked(record, answer));
      const kind = `${key} ${answer.events}`;
      if (run.waits > (this.#longest.get(kind)?.waits ?? MOST)) this.#longest.set(kind, run);
    }
    this.#runs.set(record.th, now);
  }

  #waitInVain(moment: Moment, record: CallRecord): void {
    const before = this.#empty.get(record.th);
    const isNext = before !== undefined && record.t - before.ended < GAP;
    const none = { fd: -1, file: undefined, events: 0, entry: undefined };
    const run = grow(isNext ? before : undefined, none, moment, record);
    this.#empty.set(record.th, run);
    if (run.waits <= MOST_EMPTY) return;
    if (run.waits > (this.#longest.get('')?.waits ?? 0)) this.#longest.set('', run);
  }

  /** Why the file is ready for ever, and the lesson about it. */
  #reason(run: Run, { state }: Moment, asked: number): [string, number] {
    const { file, events, entry } = run.answer;
    const known = file === undefined ? undefined : state.files[file];
    const end = this.#ends.get(file ?? '');
    if (run.evidence !== undefined) {
      return [
        'accept fails, as no fd is left, and the listener stays readable. Do not watch it until one is free',
        18,
      ];
    }
    if (hasBit(events, EVENT.NVAL)) return ['its number is closed. Take it out', 11];
    if (!hasBit(asked, EVENT.IN | EVENT.OUT | EVENT.PRI)) {
      return ['HUP and ERR come unasked, also with events 0. Take it out of the set', 5];
    }
    if (end !== undefined || known?.ended) {
      run.evidence = end;
      return [
        'its other end has ended, so it is readable for ever. Stop watching it, or close it',
        14,
      ];
    }
    if (hasBit(events, EVENT.OUT) && !hasBit(events, EVENT.IN | EVENT.PRI)) {
      return [
        'it is writable, and there is nothing to send. Ask for writing only while bytes wait to be sent',
        16,
      ];
    }
    if (hasBit(events, EVENT.PRI))
      return ['its urgent byte is not read. Receive it with MSG_OOB', 15];
    if (known?.type === 'eventfd') return ['the Waker is not cleared', 21];
    if (entry !== undefined && known !== undefined && !known.fds.includes(entry.fd)) {
      return ['its number is closed, and a copy of it keeps the entry alive', 11];
    }
    return ['it can be read, and is not read', 4];
  }

  findings(): Finding[] {
    return [...this.#longest.values()].map((run) => {
      const { first, last, waits, evidence, began, ended, answer } = run;
      const often = `${waits} waits in ${((ended - began) / 1e6).toFixed(1)} ms`;
      const steps = [first, ...(evidence === undefined ? [] : [evidence]), last];
      steps.sort((a, b) => a - b);
      if (answer.fd < 0) {
        const sentence = `${often} had a timeout of 0 and found nothing: was the timeout rounded down? Round it up.`;
        return { rule: 'sleeps', sentence, steps, lesson: 20 };
      }
      const [why, lesson] = run.reason as [string, number];
      const sentence = `fd ${answer.fd} was reported (${names(answer.events)}) by ${often}, and nothing was done about it: ${why}.`;
      return { rule: 'sleeps', sentence, steps, lesson };
    });
  }
}

/** The events that the wait was asked about for an fd. */
function asked(record: CallRecord, { fd, entry }: Answer): number {
  return entry?.events ?? askedFds(record).find(([one]) => one === fd)?.[1] ?? 0;
}

/** One wait more in the run, or the first of a new one. */
function grow(run: Run | undefined, answer: Answer, { n }: Moment, { t, d }: CallRecord): Run {
  if (run === undefined || run.answer.events !== answer.events) {
    const fresh = { answer, first: n, began: t, waits: 1, last: n, ended: t + d };
    return { ...fresh, evidence: undefined, reason: undefined };
  }
  return Object.assign(run, { waits: run.waits + 1, last: n, ended: t + d });
}
