/** Prints lines to stdout or stderr at once, and drops lines if no process reads them. */
import { now } from './builtins.js';
import type { NativeBinding } from './contract.js';
import { errnoName } from './errno.js';

/** How many milliseconds a line waits for a slow reader. */
const PATIENCE = 500;

/**
 * Prints lines at once. `process.stdout` is not suitable: if a pipe is full, it keeps the data for
 * Node's event loop, to which a loop on select() never returns.
 *
 * A write(2) to a full pipe blocks, and meanwhile the program serves no client and sees no signal. So
 * a line waits at most half a second for the reader. After that, lines are dropped and counted; the
 * next line that can be written follows `N lines lost`.
 */
export class LineWriter {
  readonly #fd: number;
  readonly #binding: NativeBinding;
  /** The rest of a line that was partly written. */
  #rest: Buffer = Buffer.alloc(0);
  #lost = 0;
  /** The times when the pipe became full, and when it had room again after lines were lost; ms. */
  #stalledAt: number | null = null;
  #resumedAt = -Infinity;

  constructor(fd: number, binding: NativeBinding) {
    this.#fd = fd;
    this.#binding = binding;
  }

  print(line: string): void {
    const bytes = Buffer.concat([this.#rest, Buffer.from(`${this.#note}${line}\n`)]);
    const written = this.#write(bytes);
    if (written > this.#rest.length) {
      this.#rest = bytes.subarray(written);
      this.#lost = 0;
    } else {
      this.#rest = this.#rest.subarray(written);
      this.#lose();
    }
  }

  get #note(): string {
    return this.#lost === 0 ? '' : `${this.#lost} lines lost\n`;
  }

  /** Returns how many bytes were written; if the reader has gone, all of them. */
  #write(bytes: Buffer): number {
    let written = 0;
    while (written < bytes.length) {
      const result = this.#binding.writeWithin(this.#fd, bytes, written, this.#patience());
      if (result > 0) {
        written += result;
        this.#onRoom();
      } else if (errnoName(result) !== 'EAGAIN') {
        return bytes.length;
      } else if (this.#stalledAt === null) {
        this.#stalledAt = now();
      } else if (this.#patience() === 0) {
        break;
      }
    }
    return written;
  }

  /** How many milliseconds the next write may wait. */
  #patience(): number {
    if (this.#stalledAt === null) return 0;
    // A reader that takes a little every few seconds must not cost half a second each time.
    const all = Math.min(PATIENCE, this.#stalledAt - this.#resumedAt);
    return Math.max(Math.ceil(this.#stalledAt + all - now()), 0);
  }

  #onRoom(): void {
    if (this.#stalledAt === null) return;
    this.#stalledAt = null;
    this.#resumedAt = this.#lost > 0 ? now() : -Infinity;
  }

  #lose(): void {
    if (++this.#lost > 1) return;
    // If no later line can report the loss, it is reported when the process exits.
    process.once('exit', () => {
      const bytes = Buffer.concat([this.#rest, Buffer.from(this.#note)]);
      if (this.#lost > 0) this.#binding.writeWithin(this.#fd, bytes, 0, 0);
    });
  }
}
