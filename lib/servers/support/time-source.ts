/** A component that sends the time. */
import { Component, every } from 'fdselect/components';

const SECONDS = 0.1;

/** Sends the time ten times a second, the n-th time when n tenths of a second are over. */
export class TimeSource extends Component {
  readonly #end: string;

  /** @param newline - ends each time with a newline; without, each has 14 bytes */
  constructor(newline: boolean) {
    super();
    this.#end = newline ? '\n' : '';
  }

  override *main() {
    const beat = every(SECONDS);
    for (;;) {
      yield* beat();
      this.send((Date.now() / 1000).toFixed(3) + this.#end);
    }
  }
}
