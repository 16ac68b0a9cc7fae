/** Rule `blocks`: a program that serves many sleeps in its wait, and nowhere else. */
import { askedFds } from '../replay/facts.js';
import type { CallRecord } from '../replay/format.js';
import type { State } from '../replay/model.js';
import { isWait } from '../replay/steps.js';
import { isReceive, isSend, mayBlock } from './calls.js';
import { askedOf, type Finding, type Moment, type Rule } from './finding.js';

/** Nanoseconds: a call that was only interrupted by other programs takes less. */
const LONG = 5_000_000;
/** `send` with room does not sleep, and the recording does not show whether there was room. */
const VERY_LONG = 30_000_000;

export class Blocks implements Rule {
  /** The files on which calls may sleep: all that the program opens, until it says otherwise. */
  readonly #nonBlocking = new Set<string>();
  /** What each thread asked about last, by id of the file. */
  readonly #asked = new Map<number, Map<string, number>>();
  /** What was answered and not read since. */
  readonly #fresh = new Map<number, Map<string, number>>();
  /** Whether there was input for the call that each thread is in. */
  readonly #hasInput = new Map<number, boolean>();
  readonly #found: Finding[] = [];

  see(moment: Moment): void {
    const { record, n, file, step, state } = moment;
    if (step.phase === 'enter') {
      const bytes = file === undefined ? 0 : (state.files[file]?.inbox.bytes ?? 0);
      this.#hasInput.set(record.th, bytes > 0);
      return;
    }
    if (isWait(record)) {
      const asked = askedOf(state, record, askedFds(record));
      this.#asked.set(record.th, byFile(state, asked));
      const ready = moment.answers.map(({ fd, events }): [number, number] => [fd, events]);
      this.#fresh.set(record.th, byFile(state, ready));
      return;
    }
    if (record.call === 'accept' && record.ret >= 0) this.#seeAccept(moment);
    if (file === undefined) return;
    if (record.by === 'setBlocking' && record.ret >= 0) {
      if (record.args?.[0] === true || record.args?.[0] === 1) this.#nonBlocking.delete(file);
      else this.#nonBlocking.add(file);
    }
    const fresh = this.#fresh.get(record.th);
    const wasFresh = fresh?.delete(file) === true;
    if (step.phase === 'return' && this.#slept(record, file, wasFresh)) this.#report(moment, n);
  }

  /** accept4(2) makes a socket non-blocking where its timeout is 0. */
  #seeAccept({ record, state }: Moment): void {
    const file = state.fds[record.ret];
    if (file !== undefined && record.timeout === 0) this.#nonBlocking.add(file);
  }

  #slept(record: CallRecord, file: string, wasFresh: boolean): boolean {
    if (!mayBlock(record, !this.#nonBlocking.has(file)) || record.d < LONG) return false;
    if (isSend(record)) return record.d >= VERY_LONG;
    if (isReceive(record) && this.#hasInput.get(record.th) === true) return false;
    // The wait has just said that there is something: it did not sleep for that.
    return !(wasFresh && (isReceive(record) || record.call === 'accept'));
  }

  #report({ record, state, file, batch }: Moment, n: number): void {
    const others = new Map<string, number>();
    for (const [other, fd] of this.#fresh.get(record.th) ?? []) others.set(other, fd);
    for (const [other, fd] of this.#asked.get(record.th) ?? []) {
      const { fds, inbox } = state.files[other] ?? {};
      // A file that was closed is not ready, whatever was left in its buffer.
      if (inbox !== undefined && inbox.bytes > 0 && fds?.length) others.set(other, fd);
    }
    others.delete(file as string);
    const [fd] = others.values();
    if (fd === undefined || this.#found.length > 9) return;
    const slept = `${record.call} on fd ${record.fd} slept for ${(record.d / 1e6).toFixed(0)} ms`;
    const sentence = `${slept} while fd ${fd} was ready: make fd ${record.fd} non-blocking, and call it when a wait reports it.`;
    const steps = [...(batch === undefined ? [] : [batch.n]), n];
    this.#found.push({ rule: 'blocks', sentence, steps, lesson: 1 });
  }

  findings(): Finding[] {
    return this.#found;
  }
}

function byFile(state: State, fds: readonly (readonly [number, number])[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const [fd] of fds) {
    const file = state.fds[fd];
    if (file !== undefined) found.set(file, fd);
  }
  return found;
}
