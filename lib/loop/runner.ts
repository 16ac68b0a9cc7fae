/** Runs the turns of an event loop: once or until it stops, and blocking the thread or not. */
import { setImmediate } from '../native/index.js';
import type { Ready } from '../selectors/index.js';
import { closedError } from '../values/index.js';
import type { WaitOptions } from '../waits/index.js';
import { openWaiter, reasonOf, signalOf } from '../waits/internal.js';
import { loopIsRunning, waitLimit } from './options.js';
import type { Turns } from './turns.js';
import type { LoopWait } from './wait.js';

/** The methods are those of `EventLoop` with the same names, which documents them. */
export class Runner {
  readonly #turns: Turns;
  readonly #wait: LoopWait;
  #isRunning = false;
  #isStopping = false;
  #isClosed = false;

  constructor(turns: Turns, wait: LoopWait) {
    this.#turns = turns;
    this.#wait = wait;
  }

  runOnce(timeout: number | null | undefined): void {
    const limit = waitLimit(timeout);
    this.checkIsOpen();
    if (this.#wait.isPending) throw loopIsRunning();
    this.#takeTurn(limit);
  }

  async runOnceAsync(timeout?: number | null, options?: WaitOptions): Promise<void> {
    let turns = 0;
    await this.#takeTurns(timeout, options, () => turns++ === 0);
  }

  run(): void {
    this.#start();
    try {
      while (this.#goesOn()) this.#takeTurn(null);
    } finally {
      this.#end();
    }
  }

  async runAsync(options?: WaitOptions): Promise<void> {
    await this.#takeTurns(null, options, () => this.#goesOn());
  }

  stop(): void {
    if (!this.#isRunning) return;
    this.#isStopping = true;
    this.#wait.interrupt();
  }

  /** Cancels everything, and closes the loop's fds: those of a pending wait when it has ended. */
  close(): void {
    this.#isClosed = true;
    this.#turns.clear();
    if (this.#wait.isPending) this.#wait.interrupt();
    else this.#wait.close();
  }

  checkIsOpen(): void {
    if (this.#isClosed) throw closedError('event loop');
  }

  #start(): void {
    this.checkIsOpen();
    if (this.#isRunning || this.#wait.isPending) throw loopIsRunning();
    this.#isRunning = true;
    this.#isStopping = false;
  }

  #end(): void {
    this.#isRunning = false;
    this.#isStopping = false;
  }

  #goesOn(): boolean {
    return !this.#isStopping && this.#turns.hasWork;
  }

  /** @returns whether to wait */
  #beforeWait(limit: number | null): boolean {
    if (limit === null && !this.#turns.hasWork) return false;
    this.#turns.prepareWait();
    if (this.#isStopping || this.#isClosed) return false;
    return limit !== null || this.#turns.hasWork;
  }

  #takeTurn(limit: number | null): void {
    if (!this.#beforeWait(limit)) return;
    let ready: Ready<unknown>[] = [];
    try {
      ready = this.#wait.selector.select(this.#turns.timeout(limit));
    } catch (error) {
      this.#turns.watches.preen(error);
    }
    this.#turns.deliver(ready);
  }

  /** Runs turns with asynchronous waits, until `goesOn` returns false. */
  async #takeTurns(
    timeout: number | null | undefined,
    options: WaitOptions | undefined,
    goesOn: () => boolean,
  ): Promise<void> {
    const signal = signalOf(options);
    stopIfAborted(signal);
    const limit = waitLimit(timeout);
    openWaiter(); // now, because later no fd may be left
    this.#start();
    const onAbort = () => this.#wait.interrupt();
    try {
      signal?.addEventListener('abort', onAbort);
      await this.#chain(limit, signal, goesOn);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.#end();
    }
  }

  /** Each turn begins the next one in a callback: promises between would take time. */
  #chain(
    limit: number | null,
    signal: AbortSignal | undefined,
    goesOn: () => boolean,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let timeout: number | null = null;
      const begin = () => {
        if (!goesOn() || !this.#beforeWait(limit)) {
          resolve();
          return;
        }
        // An abort between two waits did not end a wait, so it is checked here.
        stopIfAborted(signal);
        timeout = this.#turns.timeout(limit);
        this.#wait.start(timeout, onReady, onError);
      };
      const finish = (ready: Ready<unknown>[], error?: unknown) => {
        this.#wait.isPending = false;
        if (this.#isClosed) this.#wait.close();
        try {
          if (error !== undefined) this.#turns.watches.preen(error);
          stopIfAborted(signal);
          this.#turns.deliver(ready);
          stopIfAborted(signal);
          // After a turn without a wait, Node's own event loop must run.
          if (timeout === 0) setImmediate(next);
          else begin();
        } catch (failure) {
          reject(failure);
        }
      };
      const next = () => {
        try {
          begin();
        } catch (failure) {
          reject(failure);
        }
      };
      const onReady = (ready: Ready<unknown>[]) => finish(ready);
      const onError = (error: unknown) => finish([], error);
      begin();
    });
  }
}

/** As the signal's own `throwIfAborted`, which signals of polyfills may lack. */
function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw reasonOf(signal);
}
