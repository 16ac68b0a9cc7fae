/** Rule `sleeps`, where no wait is made: finds a call that fails with EAGAIN again and again. */
import type { CallRecord } from '../replay/format.js';
import { isWait } from '../replay/steps.js';
import { isEffective, isSend } from './calls.js';
import type { Finding, Moment, Rule } from './finding.js';

/** So many times in a row one fd may have nothing, while the thread does nothing else. */
const MOST = 100;
/** Nanoseconds between two calls: a program that pauses or computes in between is not busy asking. */
const GAP = 300_000;

interface Run {
  readonly record: CallRecord;
  readonly first: number;
  calls: number;
  last: number;
  ended: number;
}

export class Busy implements Rule {
  /** The calls in vain of each thread, by file. */
  readonly #runs = new Map<number, Map<string, Run>>();
  /** When the latest call of each thread ended. */
  readonly #ended = new Map<number, number>();
  readonly #longest = new Map<string, Run>();

  see({ record, n, step, file, isAsync }: Moment): void {
    const { th, t, d } = record;
    const isLater = t - (this.#ended.get(th) ?? 0) > GAP;
    this.#ended.set(th, t + d);
    if (isWait(record) || isAsync || isLater || isEffective(record)) this.#runs.delete(th);
    if (record.errno !== 'EAGAIN' || file === undefined || step.phase === 'enter') return;
    const runs = this.#runs.get(th) ?? new Map<string, Run>();
    this.#runs.set(th, runs);
    const run = runs.get(file) ?? { record, first: n, calls: 0, last: n, ended: t };
    runs.set(file, Object.assign(run, { calls: run.calls + 1, last: n, ended: t + d }));
    if (run.calls > (this.#longest.get(file)?.calls ?? MOST)) this.#longest.set(file, run);
  }

  findings(): Finding[] {
    return [...this.#longest.values()].map(({ record, first, last, calls, ended }) => {
      const often = `${calls} times in ${((ended - record.t) / 1e6).toFixed(1)} ms`;
      const [what, advice] = isSend(record)
        ? ['found no room', 'wait until it is writable, then send the rest']
        : ['found nothing', 'wait until it is readable'];
      const sentence = `${record.call} on fd ${record.fd} ${what} (EAGAIN) ${often}, with no wait in between: ${advice}.`;
      return { rule: 'sleeps', sentence, steps: [first, last], lesson: 2 };
    });
  }
}
