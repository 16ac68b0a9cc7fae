/** Components in a row. */
import { rangeError } from '../values/index.js';
import { Component, type Main } from './component.js';

/**
 * Passes the messages of the first component to the second one, and so on: `outbox` to `inbox`,
 * `signal` to `control`. The pipeline has the inboxes of the first one and the outboxes of the last
 * one; it ends when all of them have ended.
 *
 * Components wait for a slow one behind them: with 1000 messages or 64 KiB in its inbox they are not
 * continued until it has taken some.
 *
 * Mirrors Kamaelia's `Pipeline`.
 * @platform POSIX
 */
export class Pipeline extends Component {
  readonly #components: readonly Component[];

  /**
   * @param components - one or more; in the order of the messages
   * @throws TypeError for a value that is not a component; RangeError if there is none;
   *   BoxAlreadyLinkedToDestination if one of them is linked already
   */
  constructor(...components: Component[]) {
    super();
    this.#components = components;
    const [first, ...rest] = components;
    if (first === undefined) throw rangeError('components', 'one or more', components);
    this.addChildren(...components);
    this.link([this, 'inbox'], [first, 'inbox'], 1);
    this.link([this, 'control'], [first, 'control'], 1);
    let last = first;
    for (const next of rest) {
      this.link([last, 'outbox'], [next, 'inbox']);
      this.link([last, 'signal'], [next, 'control']);
      this.holdBackFeedersOf(next);
      last = next;
    }
    this.link([last, 'outbox'], [this, 'outbox'], 2);
    this.link([last, 'signal'], [this, 'signal'], 2);
  }

  protected override activated(): void {
    for (const component of this.#components) component.activate(this.scheduler);
  }

  override *main(): Main {
    while (!this.childrenDone()) {
      this.pause();
      yield;
    }
  }
}
