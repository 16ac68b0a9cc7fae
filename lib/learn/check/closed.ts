/** Rule `closed`: nothing is done with a number that was closed. */
import { EVENT, hasBit } from '../replay/facts.js';
import type { State } from '../replay/model.js';
import { isWait } from '../replay/steps.js';
import { isEnd, isLost, isReceive } from './calls.js';
import type { Ending, Finding, Moment, Rule } from './finding.js';

/** The error of the library for a socket that was closed. */
const CLOSED_OBJECT = /fileno\(\).* received -1\b/;

export class Closed implements Rule {
  /** The step at which a number was closed last. */
  readonly #closes = new Map<number, number>();
  /** The step at which the end of a file was seen. */
  readonly #ends = new Map<string, number>();
  /** The step at which a number was accepted last. */
  readonly #accepts = new Map<number, number>();
  /** Whether the program reads from new connections at once, without waiting for a report. */
  #isEager = false;
  #lastClose: { fd: number; n: number } | undefined;
  readonly #found = new Map<string, Finding>();

  see(moment: Moment): void {
    const { record, file, n, step, answers } = moment;
    if (step.phase === 'enter') return;
    const { call, fd, errno } = record;
    if (call === 'close' && fd !== undefined && errno !== 'EBADF') {
      this.#closes.set(fd, n);
      // A listener is closed where the program ends; a connection is what lists go on naming.
      const isListener = moment.state.files[file ?? '']?.listening === true;
      if (!isListener) this.#lastClose = { fd, n };
    }
    if (call === 'accept' && record.ret >= 0) this.#accepts.set(record.ret, n);
    // ENOTCONN alone says nothing: a listener has no peer either.
    const isOver = isEnd(record) || (isLost(record) && errno !== 'ENOTCONN');
    if (file !== undefined && isOver) {
      if (!this.#ends.has(file)) this.#ends.set(file, n);
    }
    if (errno === 'EBADF') this.#badNumber(moment);
    if (call === 'getpeername' && errno === 'ENOTCONN') this.#noPeer(moment);
    if (isReceive(record)) this.#reused(moment);
    if (isWait(record)) for (const answer of answers) this.#answered(answer, moment);
  }

  #report(key: string, sentence: string, steps: (number | undefined)[], lesson: number): void {
    if (this.#found.has(key)) return;
    const known = steps.filter((step) => step !== undefined);
    this.#found.set(key, { rule: 'closed', sentence, steps: known, lesson });
  }

  #badNumber({ record, n, state }: Moment): void {
    const { call, fd, epfd } = record;
    const asked = isWait(record) && epfd === undefined ? askedNumbers(record.in) : [fd, epfd];
    const bad = asked.find((one) => one !== undefined && state.fds[one] === undefined);
    const closed = this.#closes.get(bad ?? -1);
    const when = closed === undefined ? '' : `, which was closed at step ${closed}`;
    const who = bad === undefined || bad < 0 ? 'a number that stands for no file' : `fd ${bad}`;
    this.#report(
      `EBADF ${call} ${bad}`,
      `${call} was given ${who}${when}: EBADF. Forget a number where it is closed.`,
      [closed, n],
      isWait(record) ? 13 : 11,
    );
  }

  #noPeer({ record, n, file }: Moment): void {
    const ended = this.#ends.get(file ?? '');
    if (ended === undefined) return;
    this.#report(
      `ENOTCONN ${record.fd}`,
      `getpeername was asked of fd ${record.fd}, whose connection was lost at step ${ended}: ENOTCONN. Keep the address that accept gave.`,
      [ended, n],
      13,
    );
  }

  #answered(answer: Moment['answers'][number], { n, state }: Moment): void {
    const { fd, file, events, entry } = answer;
    const closed = this.#closes.get(fd);
    if (hasBit(events, EVENT.NVAL)) {
      const when = closed === undefined ? '' : ` since step ${closed}`;
      const sentence = `poll answers NVAL for fd ${fd}: the number is closed${when}, and still in the list.`;
      this.#report(`NVAL ${fd}`, sentence, [closed, n], 11);
    }
    if (entry === undefined || file === undefined) return;
    const numbers = state.files[file]?.fds ?? [];
    if (numbers.length === 0 || numbers.includes(fd)) return;
    const sentence = `epoll_wait answers fd ${fd}, a number that was closed: its entry belongs to a file that is still open as fd ${numbers.join(', ')}. Unregister before you close.`;
    this.#report(`ghost ${fd} ${file}`, sentence, [closed, n], 11);
  }

  /** An answer is used for a file that got the number of another one in the same turn. */
  #reused({ record, batch, n }: Moment): void {
    const fd = record.fd as number;
    const accepted = this.#accepts.get(fd);
    if (batch === undefined || accepted === undefined || accepted < batch.n) return;
    const answer = batch.answers.find((one) => one.fd === fd);
    const closed = this.#closes.get(fd) ?? 0;
    if (answer === undefined || closed < batch.n) this.#isEager = true;
    else if (record.errno === 'EAGAIN' && !this.#isEager) {
      const sentence = `the answer for fd ${fd} was used after the number was closed at step ${closed} and given to a new connection at step ${accepted}: look up what an answer belongs to before you use it.`;
      this.#report(`reused ${fd}`, sentence, [batch.n, closed, accepted, n], 23);
    }
  }

  findings(state: State, ending: Ending | undefined): Finding[] {
    const { error = '' } = ending ?? {};
    if (CLOSED_OBJECT.test(error) && this.#lastClose !== undefined) {
      const { fd, n } = this.#lastClose;
      const sentence = `the program ended because a call was given something that is closed (${error}). What was closed last is fd ${fd}: take it out of all lists.`;
      this.#report('object', sentence, [n, state.step], 13);
    }
    return [...this.#found.values()];
  }
}

function askedNumbers(asked: Moment['record']['in']): number[] {
  return (asked ?? []).flatMap((item) => item ?? []) as number[];
}
