/** Calls that wait for their time: a heap, the earliest one first. */
import TinyQueue from 'tinyqueue';
import { observe } from '../native/index.js';
import { rangeError, typeError } from '../values/index.js';

/** A call's place in the heap. A call that gets another time gets another place. */
interface Place {
  readonly time: number;
  /** Of calls with the same time, the one that was made first comes first. */
  readonly order: number;
  readonly call: DelayedCall;
}

/**
 * A function that will be called at its time. Made by `EventLoop.callLater`.
 *
 * Mirrors Twisted's `IDelayedCall`; but to cancel or move a call that has happened is no error.
 */
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
    this.#timers.leave(true);
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
   * @throws RangeError, TypeError for a value that is not a finite number
   */
  delay(seconds: number): void {
    checkSeconds(seconds, -Infinity);
    this.#move(this.#place.time + seconds);
  }

  /** Whether the call is still to come. */
  active(): boolean {
    return this.#run !== null;
  }

  /** Its time, in seconds on the loop's clock; where it has happened, the one that it had. */
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

  static {
    observe(DelayedCall.prototype, 'fire', () => ({ what: 'callLater' }));
  }

  #move(time: number): void {
    if (this.#run === null) return;
    this.#place = { time, order: this.#place.order, call: this };
    this.#timers.move(this.#place);
  }
}

/** Places that were left stay in the heap until there are as many of them as of the others. */
const FEW = 50;

/** All the delayed calls of a loop. */
export class Timers {
  /** Seconds, monotonic. */
  readonly now: () => number;
  readonly #onChange: () => void;
  #places = new TinyQueue<Place>([], before);
  /** Those that are not in the heap yet: a turn does not see what it adds. */
  #newPlaces: Place[] = [];
  /** How many of all places were left. */
  #left = 0;
  #active = 0;
  #made = 0;

  /** @param onChange - is called when a call was added, has got another time or was cancelled */
  constructor(now: () => number, onChange: () => void) {
    this.now = now;
    this.#onChange = onChange;
  }

  /** @throws RangeError, TypeError for a time that is negative or not finite */
  add(seconds: number, run: () => void): DelayedCall {
    checkSeconds(seconds, 0);
    return this.addAt(this.now() + seconds, run);
  }

  /** @param time - on the clock */
  addAt(time: number, run: () => void): DelayedCall {
    const call = new DelayedCall(this, time, this.#made++, run);
    this.#newPlaces.push(call.place as Place);
    this.#active++;
    this.#onChange();
    return call;
  }

  /** Whether a call is still to come. */
  get hasCalls(): boolean {
    return this.#active > 0;
  }

  /** When the next call is due; null: there is none. */
  next(): number | null {
    this.#sortIn();
    return this.#first()?.time ?? null;
  }

  /**
   * Takes the calls out that are due, in their order, each when it is asked for: the one before may
   * have cancelled it or moved it. What one of them adds or moves is not among them: a call that
   * adds one for "now" must not keep the loop.
   */
  *takeDue(): Generator<DelayedCall> {
    this.#sortIn();
    const now = this.now();
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      if (first.time > now) return;
      this.#places.pop();
      this.#active--;
      yield first.call;
    }
  }

  /**
   * A call has left its place.
   * @param isOver - and will not have another one
   */
  leave(isOver: boolean): void {
    this.#left++;
    if (isOver) {
      this.#active--;
      this.#onChange();
    }
    if (this.#left <= FEW || this.#left <= this.#active) return;
    this.#places = new TinyQueue(this.#places.data.filter(isTaken), before);
    this.#newPlaces = this.#newPlaces.filter(isTaken);
    this.#left = 0;
  }

  /** A call has left its place for another one. */
  move(place: Place): void {
    this.#newPlaces.push(place);
    this.leave(false);
    this.#onChange();
  }

  /** Cancels all calls. */
  clear(): void {
    for (const { call } of [...this.#places.data, ...this.#newPlaces]) call.cancel();
  }

  #sortIn(): void {
    for (const place of this.#newPlaces) {
      if (isTaken(place)) this.#places.push(place);
      else this.#left--;
    }
    this.#newPlaces = [];
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

/** @throws RangeError, TypeError for a value that is not a finite number from `min` on */
export function checkSeconds(seconds: unknown, min: number): void {
  if (typeof seconds !== 'number') throw typeError('seconds', 'a number', seconds);
  if (Number.isFinite(seconds) && seconds >= min) return;
  throw rangeError('seconds', min === 0 ? 'a non-negative number' : 'a finite number', seconds);
}
