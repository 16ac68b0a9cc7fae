/** `FDSELECT_TRACE`: finished calls on stderr, in strace's notation or as JSON. */
import type { NativeBinding } from '../contract.js';
import type { FdRecord, Rec } from '../record/format.js';
import type { Sink } from '../record/recorder.js';
import { lineOf } from './calls.js';

/** What is shown where not all is asked for. */
const WAITS = ['select', 'poll', 'epoll_create1', 'epoll_ctl', 'epoll_wait'];

/**
 * A line for each call. The words: `json` for records instead of text; `all` for every call, with
 * what the fds stand for; `times` for the seconds since the call before and those that it took.
 */
export class Tracer implements Sink {
  readonly isOpen = true;
  readonly data;
  readonly sites = false;
  readonly kernel = false;
  readonly #words: string[];
  readonly #binding: NativeBinding;
  readonly #print: (line: string) => void;
  readonly #owners = new Map<number, string>();
  #last: number | null = null;

  constructor(words: string[], binding: NativeBinding, print: (line: string) => void) {
    this.#words = words;
    this.#binding = binding;
    this.#print = print;
    this.data = words.includes('all') ? ('head' as const) : ('size' as const);
  }

  put(record: Rec): void {
    if (this.#words.includes('json')) this.#print(JSON.stringify(record));
    else if (record.k === 'fd') this.#own(record);
    else if (record.k === 'call' && this.#shows(record.call)) {
      const owners = this.#words.includes('all') ? this.#owners : null;
      const line = lineOf(this.#binding, record, owners);
      this.#print(this.#words.includes('times') ? this.#timed(line, record.t, record.d) : line);
    }
    if (record.k === 'call' && record.call === 'close') this.#owners.delete(record.fd ?? -1);
  }

  flush(): void {}

  #shows(call: string): boolean {
    return this.#words.includes('all') || WAITS.includes(call);
  }

  #timed(line: string, t: number, d: number): string {
    const since = this.#last === null ? 0 : t - this.#last;
    this.#last = t;
    return `${(since / 1e9).toFixed(6).padStart(12)} ${line} <${(d / 1e9).toFixed(6)}>`;
  }

  /** As `strace -yy` names files. */
  #own({ fd, type, local, peer, inode }: FdRecord): void {
    if (type === '') return;
    const ends = peer === undefined ? local : `${local ?? ''}->${peer}`;
    const what = ends ?? inode;
    this.#owners.set(fd, what === undefined ? type : `${type}:[${what}]`);
  }
}
