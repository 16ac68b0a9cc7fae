/** The signal handlers of an event loop. */
import { type SignalPipe, signalPipe } from '../signal/index.js';
import type { EventLoop } from './event-loop.js';
import type { Watch } from './watch.js';

interface SignalHandler {
  readonly pipe: SignalPipe;
  readonly watch: Watch;
}

/** One handler per signal. Signals arrive by signal pipes, which the loop watches. */
export class SignalHandlers {
  readonly #loop: EventLoop;
  readonly #handlers = new Map<NodeJS.Signals, SignalHandler>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
  }

  /** Adds a handler, or replaces the one of the signal. */
  add(signal: NodeJS.Signals, callback: () => void): void {
    const pipe = signalPipe(signal);
    let watch: Watch;
    try {
      watch = this.#loop.watch(pipe, 'r', () => {
        for (const _ of pipe.read()) {
          // The handler may have removed itself.
          if (this.#handlers.get(signal)?.pipe === pipe) this.#loop.guard('signal', callback);
        }
      });
    } catch (error) {
      pipe.close();
      throw error;
    }
    watch.unref(); // a handler does not keep the loop running
    this.remove(signal);
    this.#handlers.set(signal, { pipe, watch });
  }

  /** @returns whether there was one */
  remove(signal: NodeJS.Signals): boolean {
    const handler = this.#handlers.get(signal);
    if (handler === undefined) return false;
    this.#handlers.delete(signal);
    handler.watch.cancel();
    handler.pipe.close();
    return true;
  }

  clear(): void {
    for (const signal of [...this.#handlers.keys()]) this.remove(signal);
  }
}
