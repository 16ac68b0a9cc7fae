/** What an event loop waits with: its selector, and the waker that ends a wait. */
import { setImmediate } from '../native/index.js';
import type { BaseSelector, Ready } from '../selectors/index.js';
import { EVENT_READ } from '../selectors/index.js';
import { Waker } from '../waits/index.js';
import { openSelector, type SelectorName } from './selectors.js';

export class LoopWait {
  readonly selector: BaseSelector<unknown>;
  readonly waker: Waker;
  /** An asynchronous wait is pending: calls of the loop's methods come from outside of its turns. */
  isPending = false;
  isClosed = false;
  readonly #ownsSelector: boolean;

  /** @param wanted - a name; or a selector, which {@link close} does not close */
  constructor(wanted: SelectorName | BaseSelector<unknown> | undefined) {
    this.selector = openSelector(wanted);
    this.#ownsSelector = this.selector !== wanted;
    try {
      this.waker = new Waker();
    } catch (error) {
      this.#closeSelector();
      throw error;
    }
    try {
      this.selector.register(this.waker, EVENT_READ, this.waker);
    } catch (error) {
      this.waker.close();
      this.#closeSelector();
      throw error;
    }
  }

  /** Ends a pending asynchronous wait, because something has changed that it does not know. */
  interrupt(): void {
    if (this.isPending) this.waker.wake();
  }

  /**
   * Begins an asynchronous wait. It uses callbacks of the selector: a promise would take time.
   * @param timeout - seconds; null: no limit
   * @param onReady - never called before this returns; neither is `onError`
   */
  start(
    timeout: number | null,
    onReady: (ready: Ready<unknown>[]) => void,
    onError: (error: unknown) => void,
  ): void {
    this.isPending = true;
    try {
      if (this.#ownsSelector) this.selector.startSelect(timeout, undefined, onReady, onError);
      // A selector of the program may override selectAsync().
      else this.selector.selectAsync(timeout).then(onReady, onError);
    } catch (error) {
      setImmediate(() => onError(error));
    }
  }

  /** Closes the waker and the loop's own selector; not during a wait. */
  close(): void {
    this.isClosed = true;
    const isRegistered = this.selector.getMap()?.has(this.waker) === true;
    if (isRegistered) this.selector.unregister(this.waker);
    this.#closeSelector();
    this.waker.close();
  }

  #closeSelector(): void {
    if (this.#ownsSelector) this.selector.close();
  }
}
