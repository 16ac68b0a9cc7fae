/** Writes records to a file in batches; each is one write(2) with O_APPEND, so threads can share it. */
import { Bytes } from './bytes.js';
import type { CallRecord, CutRecord, DataMode, Rec } from './format.js';
import { writeLine } from './line.js';
import { ListWriter } from './lists.js';
import type { Sink } from './recorder.js';

const fs = process.getBuiltinModule('node:fs');

/** A batch of this many bytes is written at once. */
const BATCH = 64 * 1024;
/** Milliseconds after which a batch is written in any case. */
const PATIENCE = 100;
/** Room for the last record, which says that the recording ends at its limit. */
const RESERVE = 128;
/** How many bytes are kept while no fd is free to open the file. */
const MAX_KEPT = 16 * 1024 * 1024;

const NEWLINE = 10;

const { setTimeout } = process.getBuiltinModule('node:timers');
const { isMainThread } = process.getBuiltinModule('node:worker_threads');

export interface WriterOptions {
  path: string;
  /** The size in bytes at which the recording ends. */
  limit: number;
  data: DataMode;
  sites: boolean;
  sources: boolean;
  kernel: boolean;
}

/**
 * The file is opened for each batch, so that the program's fds get the same numbers as without the
 * recorder.
 */
export class Writer implements Sink {
  readonly data: DataMode;
  readonly sites: boolean;
  readonly sources: boolean;
  readonly kernel: boolean;
  isOpen = true;
  readonly #path: string;
  readonly #limit: number;
  readonly #lists = new ListWriter();
  readonly #batch = new Bytes(2 * BATCH);
  #isLast = false;
  #last: Rec | null = null;

  /** @param failure - the reason why there is no recording, or null */
  constructor(
    { path, limit, data, sites, sources, kernel }: WriterOptions,
    failure: string | null,
  ) {
    this.#path = path;
    this.#limit = limit;
    this.data = data;
    this.sites = sites;
    this.sources = sources;
    this.kernel = kernel;
    if (failure !== null) this.#end(failure);
    process.on('exit', () => {
      this.#flushLast();
      this.#isLast = true;
    });
  }

  get isBuffering(): boolean {
    return this.#batch.length > 0 && this.isOpen;
  }

  put(record: Rec): void {
    const list = record.k === 'call' ? this.#lists.encode(record) : undefined;
    const isFirst = this.#batch.length === 0;
    this.#last = record;
    writeLine(this.#batch, record, list);
    if (this.#isLast) this.#flushLast();
    else if (this.#batch.length >= BATCH) this.flush();
    else if (isFirst) setTimeout(() => this.flush(), PATIENCE).unref?.();
  }

  flush(): void {
    if (!this.isBuffering) return;
    try {
      this.#append(this.#batch.view());
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const hasNoFd = code === 'EMFILE' || code === 'ENFILE';
      if (hasNoFd && this.#batch.length < MAX_KEPT) return;
      this.#end(code ?? String(error));
    }
    this.#batch.length = 0;
  }

  /** At exit. If the program has taken all fds, the number of stdin serves: nothing reads it now. */
  #flushLast(): void {
    this.flush();
    if (!this.isBuffering) return;
    try {
      if (isMainThread) {
        fs.closeSync(0);
        this.flush();
        fs.openSync('/dev/null', 'r');
      }
    } catch {
      // It was not open, or another thread has taken it.
    }
    if (this.isBuffering) this.#end('no file descriptor is free');
  }

  /** @throws Error of open(2) and write(2), such as `ENOSPC` */
  #append(batch: Buffer): void {
    const fd = fs.openSync(this.#path, 'a');
    try {
      const before = fs.fstatSync(fd).size;
      if (before + batch.length > this.#limit - RESERVE) {
        fs.writeSync(fd, this.#cut(batch, this.#limit - before));
        this.isOpen = false;
        return;
      }
      const written = fs.writeSync(fd, batch);
      if (written === batch.length) return;
      // The disk is full. Removes the partial line, unless another thread has written after it.
      if (fs.fstatSync(fd).size === before + written) fs.ftruncateSync(fd, before);
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    } finally {
      fs.closeSync(fd);
    }
  }

  /** The lines that fit, and the record that says that the recording ends here. */
  #cut(batch: Buffer, room: number): Buffer {
    const { i = 0, t = 0, th = 0, ...rest } = (this.#last ?? {}) as Partial<CallRecord>;
    const cut: CutRecord = { i: i + 1, t: t + (rest.d ?? 0), th, k: 'cut', reason: 'limit' };
    const line = Buffer.from(`${JSON.stringify(cut)}\n`);
    const end = batch.subarray(0, Math.max(room - line.length, 0)).lastIndexOf(NEWLINE) + 1;
    return Buffer.concat([batch.subarray(0, end), line]);
  }

  #end(why: string): void {
    this.isOpen = false;
    const text = `fdselect: the recording ${this.#path} ends here: ${why}\n`;
    try {
      fs.writeSync(2, text);
    } catch {
      // No process reads stderr, and there is no other place to report it.
    }
  }
}
