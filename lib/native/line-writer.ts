/** Whole lines for stdout and stderr, of which some are dropped when nothing reads them. */
import { fsConstants, fstatSync, now } from './builtins.js';
import type { NativeBinding } from './contract.js';
import { errnoName } from './errno.js';

/** Milliseconds that a line waits for a reader that is only slow, and its longest sleep in between. */
const PATIENCE = 500;
const MAX_SLEEP = 50;

const EMPTY = Buffer.alloc(0);

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Returns how many bytes were written, or `-errno`; never blocks. */
type Write = (bytes: Uint8Array) => number;

/**
 * Prints lines at once. `process.stdout` will not do: what a full pipe does not take it keeps for
 * Node's event loop, to which a loop on select() never returns.
 *
 * A write to a full pipe blocks, and a program that blocks serves nobody and sees no signal. So a
 * line waits half a second at most where nothing is read. After that, lines are dropped and counted;
 * the next one that can be written comes after `N lines lost`.
 *
 * @platform Linux. Elsewhere a pipe or terminal can still block the program.
 */
export class LineWriter {
  readonly #tryWrite: Write;
  /** The end of a line that was written in part. */
  #rest: Buffer = EMPTY;
  #lost = 0;
  /** When it found no room, and when it found room again after lines were lost; milliseconds. */
  #stalledAt: number | null = null;
  #resumedAt = -Infinity;

  constructor(fd: number, binding: NativeBinding) {
    this.#tryWrite = nonBlockingWrite(fd, binding);
  }

  print(line: string): void {
    const note = this.#lost === 0 ? '' : `${this.#lost} lines lost\n`;
    const bytes = Buffer.concat([this.#rest, Buffer.from(`${note}${line}\n`)]);
    const written = this.#write(bytes);
    if (written > this.#rest.length) {
      this.#rest = bytes.subarray(written);
      this.#lost = 0;
    } else {
      this.#rest = this.#rest.subarray(written);
      this.#lose();
    }
  }

  /** Returns how many bytes were written; all of them where the reader is gone. */
  #write(bytes: Buffer): number {
    let written = 0;
    let sleep = 1;
    while (written < bytes.length) {
      const result = this.#tryWrite(bytes.subarray(written));
      if (result > 0) {
        written += result;
        sleep = 1;
        this.#onRoom();
      } else if (errnoName(result) !== 'EAGAIN') {
        return bytes.length;
      } else if (this.#isPatient()) {
        Atomics.wait(pause, 0, 0, sleep);
        sleep = Math.min(2 * sleep, MAX_SLEEP);
      } else {
        break;
      }
    }
    return written;
  }

  #onRoom(): void {
    if (this.#stalledAt === null) return;
    this.#stalledAt = null;
    this.#resumedAt = this.#lost > 0 ? now() : -Infinity;
  }

  /** A reader that takes a little every few seconds must not cost half a second each time. */
  #isPatient(): boolean {
    this.#stalledAt ??= now();
    const patience = Math.min(PATIENCE, this.#stalledAt - this.#resumedAt);
    return now() - this.#stalledAt < patience;
  }

  #lose(): void {
    if (++this.#lost > 1) return;
    // The last lines of the process may be among the lost ones.
    process.once('exit', () => {
      if (this.#lost === 0) return;
      const note = Buffer.from(`${this.#lost} lines lost\n`);
      this.#tryWrite(Buffer.concat([this.#rest, note]));
    });
  }
}

/** A write that does not block, where the fd itself must not be made non-blocking: it is shared. */
function nonBlockingWrite(fd: number, binding: NativeBinding): Write {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fsConstants;
  const stat = statOf(fd);
  if (stat?.isSocket()) {
    const { MSG_DONTWAIT = 0 } = binding.constants;
    return (bytes) => binding.send(fd, bytes, 0, bytes.length, MSG_DONTWAIT, -1);
  }
  if (stat?.isFIFO() || stat?.isCharacterDevice()) {
    // Opened like this, a pipe or terminal is a new open file with flags of its own.
    const path = `/proc/self/fd/${fd}`;
    const own = binding.open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
    if (own >= 0) return (bytes) => binding.write(own, bytes);
  }
  return (bytes) => binding.write(fd, bytes);
}

/** Null for an fd that is not open. */
function statOf(fd: number) {
  try {
    return fstatSync(fd);
  } catch {
    return null;
  }
}
