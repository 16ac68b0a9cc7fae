/** Rule `frugal`: no call that changes nothing. */
import { EVENT, hasBit } from '../replay/facts.js';
import type { Interest } from '../replay/model.js';
import { isWait } from '../replay/steps.js';
import { isEffective } from './calls.js';
import type { Finding, Moment, Rule } from './finding.js';

/** How many wasted calls are not reported. */
const MOST = 3;
/** Reported if more waits than this, and this part of all, were wasted. */
const MOST_WAITS = 10;
const PART = 1 / 3;

export class Frugal implements Rule {
  /** The masks that the kernel knows, by set, number and file. */
  readonly #masks = new Map<string, number>();
  readonly #same: number[] = [];
  readonly #refused: number[] = [];
  readonly #wasted: number[] = [];
  /** Waits of a thread with the same answer, one after the other; the first of them is not wasted. */
  readonly #rows = new Map<number, { answer: string; again: number[] }>();
  #waits = 0;

  see(moment: Moment): void {
    const { record, n, step } = moment;
    if (step.phase === 'enter') return;
    if (record.call === 'epoll_ctl') this.#control(moment);
    if (isEffective(record) && !isWait(record)) this.#endRow(record.th);
    if (!isWait(record)) return;
    this.#waits++;
    const answer = moment.answers.map(({ fd, events }) => `${fd} ${events}`).join();
    const row = this.#rows.get(record.th);
    if (row !== undefined && row.answer === answer) row.again.push(n);
    else this.#endRow(record.th);
    if (answer !== '' && !this.#rows.has(record.th))
      this.#rows.set(record.th, { answer, again: [] });
  }

  /** Counts a short run as wasted. A longer one is a program that never sleeps: the rule `sleeps` reports it. */
  #endRow(th: number): void {
    const { again = [] } = this.#rows.get(th) ?? {};
    if (again.length < MOST) this.#wasted.push(...again);
    this.#rows.delete(th);
  }

  #control({ record, state, n }: Moment): void {
    const { epfd, fd, op, events = 0 } = record;
    if (record.errno === 'EEXIST') this.#refused.push(n);
    const set = state.sets[state.fds[epfd ?? -1] ?? ''];
    const entry = set?.interest.find((one: Interest) => one.fd === fd);
    const key = `${state.fds[epfd ?? -1]} ${fd} ${entry?.file}`;
    if (op === 'DEL' || record.ret < 0) return;
    // With ET and ONESHOT the same mask arms the entry again.
    const isAgain = op === 'MOD' && this.#masks.get(key) === events;
    if (isAgain && !hasBit(events, EVENT.ET | EVENT.ONESHOT)) this.#same.push(n);
    this.#masks.set(key, events);
  }

  findings(): Finding[] {
    for (const th of [...this.#rows.keys()]) this.#endRow(th);
    const found: Finding[] = [];
    const add = (steps: number[], sentence: string, lesson: number) =>
      void found.push({ rule: 'frugal', sentence, steps: steps.slice(0, 3), lesson });
    const { length: same } = this.#same;
    if (same > MOST) {
      const sentence = `epoll_ctl was called ${same} times with the mask that the entry had already: keep the masks, and call it for a change only.`;
      add(this.#same, sentence, 8);
    }
    const { length: refused } = this.#refused;
    if (refused > MOST) {
      const sentence = `epoll_ctl was asked ${refused} times to add what is in the set (EEXIST): keep what is registered.`;
      add(this.#refused, sentence, 8);
    }
    const { length: wasted } = this.#wasted;
    if (wasted > MOST_WAITS && wasted > this.#waits * PART) {
      const sentence = `${wasted} of ${this.#waits} waits gave the answer of the wait before, as nothing was done about that one.`;
      add(this.#wasted, sentence, 4);
    }
    return found;
  }
}
