/** `FDSELECT_TRACE`: finished calls on stderr, in strace's notation or as JSON. */
import type { NativeBinding } from '../contract.js';
import type { FdRecord, Rec } from '../record/format.js';
import type { Sink } from '../record/recorder.js';
import type { Tools } from '../record/tools.js';
import { lineOf } from './calls.js';
import { type Words, wordsOf } from './notation.js';

/** The calls that are shown without the option `all`. */
const WAITS = ['select', 'poll', 'epoll_create1', 'epoll_ctl', 'epoll_wait'];

/**
 * Writes a line for each call. The options: `json` for records instead of text; `all` for every
 * call, with the files of the fds; `times` for the seconds since the previous call and the duration.
 */
export class Tracer implements Sink {
  readonly isOpen = true;
  readonly isBuffering = false;
  readonly data;
  readonly sources = false;
  readonly sites = false;
  readonly kernel = false;
  readonly #options: string[];
  readonly #words: Words;
  readonly #print: (line: string) => void;
  readonly #owners = new Map<number, string>();
  #last: number | null = null;

  constructor(
    options: string[],
    binding: NativeBinding,
    tools: Tools,
    print: (line: string) => void,
  ) {
    this.#options = options;
    this.#words = wordsOf(binding, tools);
    this.#print = print;
    this.data = options.includes('all') ? ('head' as const) : ('size' as const);
  }

  put(record: Rec): void {
    if (this.#options.includes('json')) this.#print(JSON.stringify(record));
    else if (record.k === 'fd') this.#own(record);
    else if (record.k === 'call' && this.#shows(record.call)) {
      const owners = this.#options.includes('all') ? this.#owners : null;
      const line = lineOf(this.#words, record, owners);
      this.#print(this.#options.includes('times') ? this.#timed(line, record.t, record.d) : line);
    }
    if (record.k === 'call' && record.call === 'close') this.#owners.delete(record.fd ?? -1);
  }

  flush(): void {}

  #shows(call: string): boolean {
    return this.#options.includes('all') || WAITS.includes(call);
  }

  #timed(line: string, t: number, d: number): string {
    const since = this.#last === null ? 0 : t - this.#last;
    this.#last = t;
    return `${(since / 1e9).toFixed(6).padStart(12)} ${line} <${(d / 1e9).toFixed(6)}>`;
  }

  /** Names files as `strace -yy`. */
  #own({ fd, type, local, peer, inode }: FdRecord): void {
    if (type === '') return;
    const ends = peer === undefined ? local : `${local ?? ''}->${peer}`;
    const what = ends ?? inode;
    this.#owners.set(fd, what === undefined ? type : `${type}:[${what}]`);
  }
}
