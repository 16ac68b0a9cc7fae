/** Writes the records to the file before the thread sleeps. */
import type { Files } from './files.js';
import type { CallRecord } from './format.js';
import type { Look } from './look.js';
import type { Sink } from './recorder.js';
import type { Args, Spec } from './spec.js';

/**
 * How many bytes a pipe with POLLOUT takes without blocking: PIPE_BUF, which is at least 512 by
 * POSIX. Sockets take them too.
 */
const ROOM = process.platform === 'linux' ? 4096 : 512;

/**
 * A signal that kills a process most often finds it asleep; then nothing must be missing in the file.
 * Writing before each call that may sleep would cost more than the calls, so it looks first.
 */
export class Saver {
  readonly #sink: Sink;
  readonly #files: Files;
  readonly #look: Look;

  constructor(sink: Sink, files: Files, look: Look) {
    this.#sink = sink;
    this.#files = files;
    this.#look = look;
  }

  beforeWait(record: CallRecord): void {
    if (record.timeout === 0 || !this.#sink.isBuffering) return;
    if (!this.#look.returns(record)) this.#sink.flush();
  }

  /** @param record - with the arguments of the call */
  beforeCall(record: CallRecord, spec: Spec, args: Args): void {
    if (record.timeout === 0 || !this.#sink.isBuffering) return;
    if (this.#sleeps(record, spec, args)) this.#sink.flush();
  }

  /** False if the call returns at once. */
  #sleeps({ fd, timeout, size = 0 }: CallRecord, spec: Spec, args: Args): boolean {
    const needs = typeof spec.needs === 'function' ? spec.needs(args) : spec.needs;
    if (needs === undefined || needs === null) return false;
    if (needs === 'other' || fd === undefined) return true;
    const type = this.#files.blockingType(fd);
    const waits = spec.ignoresMode === true || (typeof timeout === 'number' && timeout > 0);
    if (type === undefined && !waits) return false;
    if (needs === 'input') return !this.#look.hasInput(fd);
    // A terminal with POLLOUT may have room for one byte only.
    return size > ROOM || type === 'tty' || !this.#look.hasRoom(fd);
  }
}
