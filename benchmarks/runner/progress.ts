/** A progress bar with the time left. */
import { Presets, SingleBar } from 'cli-progress';

const REDRAW_MS = 500;

/** Costs are estimates in milliseconds; the time left is scaled by how long the earlier ones took. */
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
    // If stderr is not a terminal, cli-progress prints nothing.
    this.#bar = new SingleBar(options, Presets.rect);
    this.#bar.start(100, 0, { left: '?', what: '' });
    this.#timer = setInterval(() => this.#bar.update({ left: this.#left() }), REDRAW_MS);
    this.#timer.unref();
  }

  /** Shows what is being measured. */
  show(what: string): void {
    this.#bar.update({ what: what.slice(0, 40) });
  }

  /** Counts a step that was estimated at `cost` as done. */
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
