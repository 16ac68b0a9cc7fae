/**
 * Lets the two actors of a scenario wait for each other: without guessed times and recorded calls.
 */
import { Worker, workerData } from 'node:worker_threads';
import { mark, untilAsleep } from './mark.js';

/** Places in the shared memory: how many waits the server has begun, turns it gave, turns taken. */
const WAITS = 0;
const GIVEN = 1;
const TAKEN = 2;

/** A wait that ends earlier would not count as one that has slept (replay/steps.ts). */
const SEEN_MS = 2;

/** The data of the worker. */
interface Cast {
  counts: Int32Array;
  fds: readonly number[];
}

/** The tools of both actors; the server is in the main thread, the client in a worker. */
export class Stage {
  readonly mark = mark;
  readonly #counts: Int32Array;
  /** The file descriptors that the server gave to the client. */
  readonly fds: readonly number[];
  #worker: Promise<unknown> | null = null;
  #seenWaits = 0;
  #seenTurns = 0;

  constructor({ counts, fds }: Cast) {
    this.#counts = counts;
    this.fds = fds;
  }

  /** The server's stage. */
  static forServer(): Stage {
    return new Stage({ counts: new Int32Array(new SharedArrayBuffer(12)), fds: [] });
  }

  /** The client's stage, in the worker. */
  static forClient(): Stage {
    return new Stage(workerData as Cast);
  }

  /** Server: starts the client, and returns when it runs. */
  async startClient(fds: readonly number[]): Promise<void> {
    // The worker is the same program, with the same arguments.
    const [, play = '', ...argv] = process.argv;
    const worker = new Worker(play, { workerData: { counts: this.#counts, fds }, argv });
    this.#worker = new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.once('exit', resolve);
    });
    await Promise.race([new Promise((resolve) => worker.once('message', resolve)), this.#worker]);
  }

  /** Server: returns when the client has ended. */
  async clientEnd(): Promise<void> {
    await this.#worker;
  }

  /** Server: call it before a wait that will sleep. */
  aboutToSleep(): void {
    Atomics.add(this.#counts, WAITS, 1);
  }

  /** Client: returns when the kernel shows that the server is asleep in its next wait. */
  whenAsleep(): void {
    this.#seenWaits++;
    while (Atomics.load(this.#counts, WAITS) < this.#seenWaits);
    untilAsleep();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SEEN_MS);
  }

  /** Server: lets the client act, and returns when it has. */
  giveTurn(): void {
    this.#seenTurns++;
    Atomics.add(this.#counts, GIVEN, 1);
    Atomics.notify(this.#counts, GIVEN);
    while (Atomics.load(this.#counts, TAKEN) < this.#seenTurns) {
      Atomics.wait(this.#counts, TAKEN, this.#seenTurns - 1);
    }
  }

  /** Client: acts when the server gives it the turn. */
  takeTurn(act: () => void): void {
    this.#seenTurns++;
    while (Atomics.load(this.#counts, GIVEN) < this.#seenTurns) {
      Atomics.wait(this.#counts, GIVEN, this.#seenTurns - 1);
    }
    act();
    Atomics.add(this.#counts, TAKEN, 1);
    Atomics.notify(this.#counts, TAKEN);
  }
}
