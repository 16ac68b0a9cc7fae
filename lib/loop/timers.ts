/** Calls that wait for their time: a heap, the earliest one first. */
import TinyQueue from 'tinyqueue';
import { rangeError, typeError } from '../errors.js';

/** A call's place in the heap. A call that gets another time gets another place. */
interface Place {
  readonly time: number;
  /** Of calls with the same time, the one that was made first comes first. */
  readonly order: number;
  readonly call: DelayedCall;
}

/** A function that will be called at its time. Made by `EventLoop.callLater`. */
export class DelayedCall {
  readonly #timers: Timers;
  #place: Place;
  #run: (() => void) | null;

  /** For {@link Timers} only. */
  constructor(timers: Timers, time: number, order: number, run: () => void) {
    this.#timers = timers;
    this.#place = { time, order, call: this };
    this.#run = run;
  }

  /** The call will not happen. Idempotent; nothing where it has happened. */
  cancel(): void {
    if (this.#run === null) return;
    this.#run = null;
    this.#timers.leave();
  }

  /**
   * The call happens in `seconds` from now; nothing where it has happened or was cancelled.
   * @throws RangeError, TypeError as `EventLoop.callLater`
   */
  reset(seconds: number): void {
    checkSeconds(seconds, 0);
    this.#move(this.#timers.now() + seconds);
  }

  /**
   * The call happens `seconds` later than it would, or earlier where they are negative; nothing
   * where it has happened or was cancelled.
   * @throws RangeError, TypeError for what is no finite number
   */
  delay(seconds: number): void {
    checkSeconds(seconds, -Infinity);
    this.#move(this.#place.time + seconds);
  }

  /** Whether the call is still to come. */
  active(): boolean {
    return this.#run !== null;
  }

  /** Its time, in seconds on the loop's clock. */
  getTime(): number {
    return this.#place.time;
  }

  /** Where it is in the heap, null where it is to come no more; for {@link Timers} only. */
  get place(): Place | null {
    return this.#run === null ? null : this.#place;
  }

  /** Makes the call; for {@link Timers} only. */
  fire(): void {
    const run = this.#run;
    this.#run = null;
    run?.();
  }

  #move(time: number): void {
    if (this.#run === null) return;
    this.#place = { time, order: this.#place.order, call: this };
    this.#timers.move(this.#place);
  }
}

/** Places that were left stay in the heap until there are as many of them as of the others. */
const FEW = 50;

export class Timers {
  /** Seconds, monotonic. */
  readonly now: () => number;
  readonly #onChange: () => void;
  #places = new TinyQueue<Place>([], before);
  #left = 0;
  #made = 0;

  /** @param onChange - is called when a call was added or has got another time */
  constructor(now: () => number, onChange: () => void) {
    this.now = now;
    this.#onChange = onChange;
  }

  /** @throws RangeError, TypeError for a time that is negative or not finite */
  add(seconds: number, run: () => void): DelayedCall {
    checkSeconds(seconds, 0);
    const call = new DelayedCall(this, this.now() + seconds, this.#made++, run);
    this.#places.push(call.place as Place);
    this.#onChange();
    return call;
  }

  /** Whether a call is still to come. */
  get hasCalls(): boolean {
    return this.#places.length > this.#left;
  }

  /** When the next call is due; null: there is none. */
  next(): number | null {
    return this.#first()?.time ?? null;
  }

  /**
   * Takes the calls out that are due, in their order, each when it is asked for: the one before may
   * have cancelled it or moved it. What one of them adds is not among them: a call that adds one
   * for "now" must not keep the loop.
   */
  *takeDue(): Generator<DelayedCall> {
    const now = this.now();
    const made = this.#made;
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      if (first.time > now || first.order >= made) return;
      this.#places.pop();
      yield first.call;
    }
  }

  /** A call has left its place. */
  leave(): void {
    this.#left++;
    if (this.#left <= FEW || 2 * this.#left <= this.#places.length) return;
    this.#places = new TinyQueue(this.#places.data.filter(isTaken), before);
    this.#left = 0;
  }

  /** A call has left its place for another one. */
  move(place: Place): void {
    this.#places.push(place);
    this.leave();
    this.#onChange();
  }

  #first(): Place | undefined {
    for (let first = this.#places.peek(); first !== undefined; first = this.#places.peek()) {
      if (isTaken(first)) return first;
      this.#places.pop();
      this.#left--;
    }
    return undefined;
  }
}

function isTaken(place: Place): boolean {
  return place.call.place === place;
}

function before(a: Place, b: Place): number {
  return a.time - b.time || a.order - b.order;
}

/** @throws RangeError, TypeError for what is no finite number from `min` on */
export function checkSeconds(seconds: unknown, min: number): void {
  if (typeof seconds !== 'number') throw typeError('seconds', 'a number', seconds);
  if (Number.isFinite(seconds) && seconds >= min) return;
  throw rangeError('seconds', min === 0 ? 'a non-negative number' : 'a finite number', seconds);
}
