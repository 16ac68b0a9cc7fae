/** A progress bar with the time left. */
import { Presets, SingleBar } from 'cli-progress';

const REDRAW_MS = 500;

/** Costs are estimates in milliseconds; the time left follows from how long the ones before took. */
export class Progress {
  readonly #bar: SingleBar;
  readonly #start = performance.now();
  readonly #total: number;
  #done = 0;
  #timer: NodeJS.Timeout;

  constructor(total: number) {
    this.#total = total;
    const options = {
      format: '{bar} {percentage} %  {left} left  {what}',
      ...{ hideCursor: true, clearOnComplete: true },
      gracefulExit: false, // its handler of SIGINT would let the run go on
    };
    // Where stderr is no terminal, cli-progress prints nothing.
    this.#bar = new SingleBar(options, Presets.rect);
    this.#bar.start(100, 0, { left: '?', what: '' });
    this.#timer = setInterval(() => this.#bar.update({ left: this.#left() }), REDRAW_MS);
    this.#timer.unref();
  }

  /** What is measured now. */
  show(what: string): void {
    this.#bar.update({ what: what.slice(0, 40) });
  }

  /** Something that was estimated at `cost` is done. */
  add(cost: number): void {
    this.#done += cost;
    this.#bar.update((100 * this.#done) / this.#total, { left: this.#left() });
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#bar.stop();
  }

  #left(): string {
    if (this.#done === 0) return '?';
    const spent = performance.now() - this.#start;
    const left = (spent / this.#done) * (this.#total - this.#done);
    const seconds = Math.max(0, Math.round(left / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}
