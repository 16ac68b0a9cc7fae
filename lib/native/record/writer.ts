/** Writes records to a file in batches; each is one write(2) with O_APPEND, so threads can share it. */
import type { CallRecord, CutRecord, DataMode, Rec } from './format.js';
import { lineOf } from './line.js';
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

const { setTimeout } = process.getBuiltinModule('node:timers');

export interface WriterOptions {
  path: string;
  /** The size in bytes at which the recording ends. */
  limit: number;
  data: DataMode;
  sites: boolean;
  kernel: boolean;
}

/**
 * The file is opened for each batch, so that the program's fds get the same numbers as without the
 * recorder.
 */
export class Writer implements Sink {
  readonly data: DataMode;
  readonly sites: boolean;
  readonly kernel: boolean;
  isOpen = true;
  readonly #path: string;
  readonly #limit: number;
  readonly #lists = new ListWriter();
  #lines: string[] = [];
  #length = 0;
  #isLast = false;
  #last: Rec | null = null;

  /** @param failure - the reason why there is no recording, or null */
  constructor({ path, limit, data, sites, kernel }: WriterOptions, failure: string | null) {
    this.#path = path;
    this.#limit = limit;
    this.data = data;
    this.sites = sites;
    this.kernel = kernel;
    if (failure !== null) this.#end(failure);
    process.on('exit', () => {
      this.flush();
      this.#isLast = true;
    });
  }

  put(record: Rec): void {
    const list = record.k === 'call' ? this.#lists.encode(record) : undefined;
    const line = lineOf(record, list);
    this.#last = record;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= BATCH || this.#isLast) this.flush();
    else if (this.#lines.length === 1) setTimeout(() => this.flush(), PATIENCE).unref?.();
  }

  flush(): void {
    if (this.#lines.length === 0 || !this.isOpen) return;
    try {
      this.#append(Buffer.from(`${this.#lines.join('\n')}\n`));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const hasNoFd = code === 'EMFILE' || code === 'ENFILE';
      if (hasNoFd && this.#length < MAX_KEPT) return;
      this.#end(code ?? String(error));
    }
    this.#lines = [];
    this.#length = 0;
  }

  /** @throws Error of open(2) and write(2), such as `ENOSPC` */
  #append(batch: Buffer): void {
    const fd = fs.openSync(this.#path, 'a');
    try {
      const before = fs.fstatSync(fd).size;
      if (before + batch.length > this.#limit - RESERVE) {
        fs.writeSync(fd, this.#cut(this.#limit - before));
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
  #cut(room: number): string {
    const { i = 0, t = 0, th = 0, ...rest } = (this.#last ?? {}) as Partial<CallRecord>;
    const cut: CutRecord = { i: i + 1, t: t + (rest.d ?? 0), th, k: 'cut', reason: 'limit' };
    const line = `${JSON.stringify(cut)}\n`;
    let text = '';
    for (const one of this.#lines) {
      if (text.length + one.length + 1 + line.length > room) break;
      text += `${one}\n`;
    }
    return text + line;
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
