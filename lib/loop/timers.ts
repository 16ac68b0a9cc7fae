/** The timers of a loop: a heap of delayed calls, with the earliest one first. */
import TinyQueue from 'tinyqueue';
import { observe } from '../native/index.js';
import { showAs } from '../values/index.js';
import { checkSeconds, timeOf } from './seconds.js';

/** A call's entry in the heap. If its time changes, it gets a new entry. */
interface Place {
  readonly time: number;
  /** Sorts calls with the same time by their creation. */
  readonly order: number;
  readonly call: DelayedCall;
}

/**
 * A function that will be called at its time. Made by `EventLoop.callLater`.
 *
 * Mirrors Twisted's `IDelayedCall`; but cancelling or moving a call that was made is not an error.
 * @platform POSIX
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

  /** Cancels the call. Idempotent; does nothing after the call was made. */
  cancel(): void {
    if (this.#run === null) return;
    this.#run = null;
    this.#timers.leave(true);
  }

  /**
   * Moves the call to `seconds` from now; does nothing if it was made or cancelled.
   * @throws RangeError, TypeError for a time that is negative or not finite
   */
  reset(seconds: number): void {
    checkSeconds(seconds, 0);
    this.#move(this.#timers.now() + seconds);
  }

  /**
   * Delays the call by `seconds`, which may be negative; does nothing if it was made or cancelled.
   * @throws RangeError, TypeError for a value that is not a finite number
   */
  delay(seconds: number): void {
    checkSeconds(seconds, -Infinity);
    this.#move(this.#place.time + seconds);
  }

  /** @returns whether the call is pending */
  active(): boolean {
    return this.#run !== null;
  }

  /** @returns its time in seconds on the loop's clock, also after it was made */
  getTime(): number {
    return this.#place.time;
  }

  /** Its entry in the heap; null if it is not pending. Only for `Timers`. */
  get place(): Place | null {
    return this.#run === null ? null : this.#place;
  }

  /** Makes the call. Only for `Timers`. */
  fire(): void {
    const run = this.#run;
    this.#run = null;
    run?.();
  }

  static {
    observe(DelayedCall.prototype, 'fire', () => ({ what: 'callLater' }));
    showAs(DelayedCall.prototype, 'DelayedCall', timeOf);
  }

  #move(time: number): void {
    if (this.#run === null) return;
    this.#place = { time, order: this.#place.order, call: this };
    this.#timers.move(this.#place);
  }
}

/** Outdated entries stay in the heap while they are fewer than this, or than the pending calls. */
const FEW = 50;

/** All the delayed calls of a loop. */
export class Timers {
  /** Seconds, monotonic. */
  readonly now: () => number;
  readonly #onChange: () => void;
  #places = new TinyQueue<Place>([], before);
  /** Entries that are not in the heap yet, because a turn must not make calls that it adds. */
  #newPlaces: Place[] = [];
  /** How many entries are outdated. */
  #left = 0;
  #active = 0;
  #made = 0;

  /** @param onChange - called when a call was added, moved or cancelled */
  constructor(now: () => number, onChange: () => void) {
    this.now = now;
    this.#onChange = onChange;
  }

  /** @throws RangeError, TypeError for a time that is negative or not finite */
  add(seconds: number, run: () => void): DelayedCall {
    checkSeconds(seconds, 0);
    return this.addAt(this.now() + seconds, run);
  }

  /** @param time - seconds on the clock */
  addAt(time: number, run: () => void): DelayedCall {
    const call = new DelayedCall(this, time, this.#made++, run);
    this.#newPlaces.push(call.place as Place);
    this.#active++;
    this.#onChange();
    return call;
  }

  /** Whether a call is pending. */
  get hasCalls(): boolean {
    return this.#active > 0;
  }

  /** The time of the next call; null: there is none. */
  next(): number | null {
    this.#sortIn();
    return this.#first()?.time ?? null;
  }

  /**
   * Removes the calls that are due and yields them in order, one by one, because each may cancel or
   * move the next. Calls that are added or moved meanwhile are not yielded: otherwise a call that adds
   * another for "now" would block the loop.
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
   * Counts an outdated entry, and removes all of them if there are too many.
   * @param isOver - whether the call has no other entry
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

  /** Adds the new entry of a call that was moved. */
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
