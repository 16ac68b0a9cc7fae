/** Calls that wait for their time: a heap, the earliest one first. */

/** A function that will be called at its time. Made by `EventLoop.callLater`. */
export class DelayedCall {
  /** Of calls with the same time, the one that was made first comes first. */
  readonly order: number;
  readonly #timers: Timers;
  #time: number;
  #run: (() => void) | null;

  /** For {@link Timers} only. */
  constructor(timers: Timers, time: number, order: number, run: () => void) {
    this.#timers = timers;
    this.#time = time;
    this.order = order;
    this.#run = run;
  }

  /** The call will not happen. Idempotent; nothing where it has happened. */
  cancel(): void {
    if (this.#run === null) return;
    this.#run = null;
    this.#timers.leaveOut();
  }

  /** The call happens in `seconds` from now; nothing where it has happened or was cancelled. */
  reset(seconds: number): void {
    this.#move(this.#timers.now() + seconds);
  }

  /** The call happens `seconds` later than it would, or earlier where they are negative. */
  delay(seconds: number): void {
    this.#move(this.#time + seconds);
  }

  /** Whether the call is still to come. */
  active(): boolean {
    return this.#run !== null;
  }

  /** Its time, in seconds on the loop's clock. */
  getTime(): number {
    return this.#time;
  }

  /** Makes the call; for {@link Timers} only. */
  fire(): void {
    const run = this.#run;
    this.#run = null;
    run?.();
  }

  #move(time: number): void {
    if (this.#run === null) return;
    this.#time = time;
    this.#timers.reorder();
  }
}

/** Cancelled calls are left in the heap until there are as many of them as of the others. */
const FEW = 50;

export class Timers {
  /** Seconds, monotonic. */
  readonly now: () => number;
  #heap: DelayedCall[] = [];
  #leftOut = 0;
  #made = 0;

  readonly #onChange: () => void;

  /** @param onChange - is called when a call was added or has got another time */
  constructor(now: () => number, onChange: () => void) {
    this.now = now;
    this.#onChange = onChange;
  }

  add(seconds: number, run: () => void): DelayedCall {
    const call = new DelayedCall(this, this.now() + seconds, this.#made++, run);
    this.#heap.push(call);
    this.#up(this.#heap.length - 1);
    this.#onChange();
    return call;
  }

  /** Whether a call is still to come. */
  get hasCalls(): boolean {
    return this.#heap.length > this.#leftOut;
  }

  /** When the next call is due; null: there is none. */
  next(): number | null {
    while (this.#heap[0]?.active() === false) this.#pop();
    return this.#heap[0]?.getTime() ?? null;
  }

  /**
   * Takes the calls out that are due, in their order, each when it is asked for: the one before may
   * have cancelled it or moved it. What one of them adds is not among them: a call that adds one
   * for "now" must not keep the loop.
   */
  *takeDue(): Generator<DelayedCall> {
    const now = this.now();
    const made = this.#made;
    for (let next = this.next(); next !== null && next <= now; next = this.next()) {
      if (this.#at(0).order >= made) return;
      yield this.#pop();
    }
  }

  /** A call was cancelled. */
  leaveOut(): void {
    this.#leftOut++;
    if (this.#leftOut > FEW && 2 * this.#leftOut > this.#heap.length) this.#compact();
  }

  /** A call has got another time. Seldom enough for the simplest way: anew. */
  reorder(): void {
    this.#compact();
    this.#onChange();
  }

  #compact(): void {
    this.#heap = this.#heap.filter((call) => call.active()).sort(before);
    this.#leftOut = 0;
  }

  #pop(): DelayedCall {
    const first = this.#heap[0] as DelayedCall;
    const last = this.#heap.pop() as DelayedCall;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down(0);
    }
    if (!first.active()) this.#leftOut--;
    return first;
  }

  #up(index: number): void {
    for (let child = index; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfBefore(child, parent)) return;
      child = parent;
    }
  }

  #down(index: number): void {
    for (let parent = index; ; ) {
      const [left, right] = [2 * parent + 1, 2 * parent + 2];
      if (left >= this.#heap.length) return;
      const isRight = right < this.#heap.length && before(this.#at(right), this.#at(left)) < 0;
      const child = isRight ? right : left;
      if (!this.#swapIfBefore(child, parent)) return;
      parent = child;
    }
  }

  #swapIfBefore(child: number, parent: number): boolean {
    const [low, high] = [this.#at(child), this.#at(parent)];
    if (before(low, high) >= 0) return false;
    this.#heap[parent] = low;
    this.#heap[child] = high;
    return true;
  }

  #at(index: number): DelayedCall {
    return this.#heap[index] as DelayedCall;
  }
}

function before(a: DelayedCall, b: DelayedCall): number {
  return a.getTime() - b.getTime() || a.order - b.order;
}
