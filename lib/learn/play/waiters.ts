/** Several waiters of a scenario, each in a worker, and the main thread, which sees who is woken. */
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { isAsleep } from '../course/kernel.js';
import { untilAsleep } from './mark.js';

/** What a waiter does, in the shared memory. */
const RUNS = 0;
const WAITS = 1;
const WOKEN = 2;
const DONE = 3;

/** A wait that ends earlier would not count as one that has slept (replay/steps.ts). */
const SEEN_MS = 2;
const PATIENCE_MS = 10_000;
/** So many looks in a row must show the same before nothing is on its way any more. */
const LOOKS = 10;

/** The data of a worker. */
interface WaiterData {
  /** The state of the waiter, and how many turns it was given. */
  waiter: Int32Array;
  fds: readonly number[];
}

/** Whether this worker plays a waiter. */
export function isWaiter(): boolean {
  return (workerData as Partial<WaiterData> | null)?.waiter !== undefined;
}

/** The waiter's side, in its worker. */
export class Waiter {
  readonly #shared: Int32Array;
  /** The file descriptors that it was given. */
  readonly fds: readonly number[];
  #turns = 0;

  constructor() {
    const { waiter, fds } = workerData as WaiterData;
    this.#shared = waiter;
    this.fds = fds;
  }

  /** Tells the main thread which thread this is. */
  static ready(): void {
    parentPort?.postMessage(Number(basename(readlinkSync('/proc/thread-self'))));
  }

  /** Makes a call that waits; the main thread sees whether it has returned. */
  wait(call: () => unknown): void {
    Atomics.store(this.#shared, 0, WAITS);
    call();
    Atomics.store(this.#shared, 0, WOKEN);
  }

  /** Returns when the main thread gives it the turn. */
  takeTurn(): void {
    this.#turns++;
    while (Atomics.load(this.#shared, 1) < this.#turns) {
      Atomics.wait(this.#shared, 1, this.#turns - 1);
    }
  }

  /** Waits no more. Keeps the thread, and so the numbers of its fds, until the scenario ends. */
  end(): void {
    Atomics.store(this.#shared, 0, DONE);
    this.takeTurn();
  }
}

/** A waiter as the main thread knows it. */
interface Known {
  shared: Int32Array;
  /** Its thread, for recordings and in `/proc`. */
  threadId: number;
  tid: number;
  exit: Promise<unknown>;
}

/** The main thread's side. */
export class Waiters {
  readonly #all: Known[] = [];

  /** Starts a waiter, and returns when it is asleep in its first wait. */
  async start(fds: readonly number[]): Promise<void> {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const data: WaiterData = { waiter: shared, fds };
    const [, play = '', ...argv] = process.argv;
    const worker = new Worker(play, { workerData: data, argv });
    const { threadId } = worker;
    const exit = new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', resolve);
    });
    const ready = new Promise<number>((resolve) => worker.once('message', resolve));
    const tid = (await Promise.race([ready, exit])) as number;
    const known = { shared, threadId, tid, exit };
    this.#all.push(known);
    this.#untilCalm(known);
  }

  /**
   * The waiters whose wait has ended. Returns once a wait has ended, and no other waiter is on its way
   * out of its own.
   */
  woken(): Known[] {
    const end = performance.now() + PATIENCE_MS;
    let before = '';
    for (let looks = 0; looks < LOOKS; ) {
      if (performance.now() > end) throw new Error('the waiters do not come to rest');
      const states = this.#all.map((one) => stateOf(one));
      const isCalm = this.#all.every((one, i) => states[i] !== WAITS || isAsleep(one.tid));
      looks = isCalm && states.includes(WOKEN) && states.join() === before ? looks + 1 : 0;
      before = states.join();
    }
    return this.#all.filter((one) => stateOf(one) === WOKEN);
  }

  /** Lets a waiter act, and returns when it waits again or is done. */
  giveTurn(known: Known): void {
    Atomics.store(known.shared, 0, RUNS);
    pass(known);
    this.#untilCalm(known);
  }

  /** Ends the workers. */
  async end(): Promise<void> {
    for (const one of this.#all) {
      if (stateOf(one) !== DONE) throw new Error(`waiter ${one.threadId} still waits`);
      pass(one);
    }
    await Promise.all(this.#all.map(({ exit }) => exit));
  }

  #untilCalm(known: Known): void {
    const end = performance.now() + PATIENCE_MS;
    while (stateOf(known) !== WAITS && stateOf(known) !== DONE) {
      if (performance.now() > end) throw new Error(`waiter ${known.threadId} does nothing`);
    }
    if (stateOf(known) === DONE) return;
    untilAsleep(known.threadId, known.tid);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SEEN_MS);
  }
}

const stateOf = ({ shared }: Known) => Atomics.load(shared, 0);

function pass({ shared }: Known): void {
  Atomics.add(shared, 1, 1);
  Atomics.notify(shared, 1);
}
