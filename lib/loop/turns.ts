/** What an event loop has to do, and the part of a turn that does it: after the wait. */
import type { Ready } from '../selectors/index.js';
import { EVENT_READ, EVENT_WRITE } from '../selectors/index.js';
import { EVENT_EXCEPT, isOpen } from '../selectors/internal.js';
import { Descriptor } from './descriptor.js';
import { LONGEST_WAIT } from './options.js';
import { Timers } from './timers.js';
import type { LoopWait } from './wait.js';
import { Watches } from './watches.js';

/** How callbacks are called: an error is reported, so that all others run. */
export interface Guard {
  guard(where: string, callback: () => void): void;
  report(error: unknown, where: string): void;
}

/** The watches, timers and calls of a loop. */
export class Turns {
  readonly watches: Watches;
  readonly timers: Timers;
  /** The pending calls in order; a Set removes its first element quickly. */
  readonly soon = new Set<() => void>();
  /** The callbacks before each wait. */
  readonly prepare = new Set<() => void>();
  /** Each keeps the loop running although there is no work. */
  readonly holds = new Set<object>();
  /** The number of the current turn. */
  number = 0;
  readonly #loop: Guard;
  readonly #wait: LoopWait;

  constructor(loop: Guard, wait: LoopWait, clock: () => number) {
    this.#loop = loop;
    this.#wait = wait;
    const onChange = () => wait.interrupt();
    this.timers = new Timers(clock, onChange);
    this.watches = new Watches(wait.selector, onChange, (error) => loop.report(error, 'watch'));
  }

  /** Whether something keeps the loop running. */
  get hasWork(): boolean {
    const isHeld = this.holds.size > 0 || this.watches.areNeeded;
    return isHeld || this.soon.size > 0 || this.timers.hasCalls;
  }

  /** Before a wait: calls the callbacks of `onPrepare`, and removes the watches of closed files. */
  prepareWait(): void {
    if (this.prepare.size > 0) {
      for (const prepare of [...this.prepare]) {
        if (this.prepare.has(prepare)) this.#loop.guard('onPrepare', prepare);
      }
    }
    this.watches.loseGone();
  }

  /**
   * The longest wait in seconds; null: no limit.
   * @param limit - the limit of the caller
   */
  timeout(limit: number | null): number | null {
    if (this.soon.size > 0 || this.watches.alwaysReady.size > 0) return 0;
    const next = this.timers.next();
    if (next === null) return limit;
    // A longer time takes more than one wait.
    const left = Math.min(Math.max(next - this.timers.now(), 0), LONGEST_WAIT);
    return limit === null ? left : Math.min(left, limit);
  }

  /**
   * The part of a turn after its wait: the events, the timers that are due, and the calls. If a
   * callback calls runOnce(), that runs everything, and the events of this turn may be out of date: so
   * this turn ends.
   */
  deliver(ready: Ready<unknown>[]): void {
    const turn = ++this.number;
    let calls = this.soon.size;
    const wait = this.#wait;
    for (const [{ data }, events] of ready) {
      if (this.number !== turn) return;
      if (data instanceof Descriptor) this.#tell(data, events, turn);
      else if (data === wait.waker && !wait.isClosed) wait.waker.clear();
    }
    for (const descriptor of this.watches.alwaysReady) {
      if (this.number !== turn) return;
      if (isOpen(descriptor.fd)) this.#tell(descriptor, EVENT_READ | EVENT_WRITE, turn);
      else this.watches.lose(descriptor);
    }
    if (this.number !== turn) return;
    for (const call of this.timers.takeDue()) {
      this.#loop.guard('callLater', () => call.fire());
      if (this.number !== turn) return;
    }
    for (const call of this.soon) {
      if (calls-- === 0) return;
      this.soon.delete(call);
      this.#loop.guard('callSoon', call);
      if (this.number !== turn) return;
    }
  }

  /** Cancels everything; for the closing of the loop. */
  clear(): void {
    this.watches.clear();
    this.timers.clear();
    this.soon.clear();
    this.prepare.clear();
    this.holds.clear();
  }

  #tell(descriptor: Descriptor, events: number, turn: number): void {
    // Out-of-band data first: it must be read before other data.
    if ((events & EVENT_EXCEPT) !== 0) this.#tellOne(descriptor, EVENT_EXCEPT, turn);
    if ((events & EVENT_READ) !== 0) this.#tellOne(descriptor, EVENT_READ, turn);
    if ((events & EVENT_WRITE) !== 0) this.#tellOne(descriptor, EVENT_WRITE, turn);
  }

  #tellOne(descriptor: Descriptor, bit: number, turn: number): void {
    if (this.number !== turn) return;
    for (let watch = descriptor.first; watch !== null; watch = watch.next) {
      if ((watch.interest & bit) === 0 || watch.turn >= turn) continue;
      if (watch.isStale) {
        this.watches.lose(descriptor);
        return;
      }
      try {
        watch.tell(bit);
      } catch (error) {
        this.#loop.report(error, 'watch');
      }
      if (this.number !== turn) return;
    }
  }
}
