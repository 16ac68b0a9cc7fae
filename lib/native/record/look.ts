/** Looks whether a call would sleep, so that records are written only before a call that does. */
import type { NativeBinding } from '../contract.js';
import type { CallRecord, FdEvents, FdLists } from './format.js';
import type { Tools } from './tools.js';

/**
 * The last entry of each look. poll(2) ignores negative fds, and nothing else passes this one: in the
 * output of strace it tells a look from a call of the program.
 */
const MARK = -2;

/** Asks with poll(2) and a timeout of 0, which consumes nothing and changes no fd. */
export class Look {
  readonly #poll: NativeBinding['poll'];
  readonly #layout: Tools['layout'];
  /** The events of poll(2) that are input, room for output, and urgent data. */
  readonly #kinds: readonly [input: number, room: number, urgent: number];
  /** The returned events that select(2) reports in each of its sets. */
  readonly #answers: readonly number[];
  #memory = new ArrayBuffer(0);
  #ints = new Int32Array(0);
  #shorts = new Uint16Array(0);

  constructor({ constants, poll }: NativeBinding, { layout }: Tools) {
    this.#poll = poll;
    this.#layout = layout;
    const { POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 16 } = constants;
    const { POLLNVAL = 32 } = constants;
    this.#kinds = [POLLIN, POLLOUT, POLLPRI];
    // POLLNVAL: select(2) returns EBADF at once.
    this.#answers = [POLLIN | POLLERR | POLLHUP, POLLOUT | POLLERR, POLLPRI].map(
      (events) => events | POLLNVAL,
    );
  }

  hasInput(fd: number): boolean {
    return this.#isReady(fd, this.#kinds[0]);
  }

  hasRoom(fd: number): boolean {
    return this.#isReady(fd, this.#kinds[1]);
  }

  /** Whether this wait would return at once. */
  returns({ epfd, call, in: asked }: CallRecord): boolean {
    if (epfd !== undefined) return this.hasInput(epfd);
    return call === 'poll' ? this.#polls(asked as FdEvents[]) : this.#selects(asked as FdLists);
  }

  #isReady(fd: number, events: number): boolean {
    this.#reserve(1);
    this.#set(0, fd, events);
    return this.#ask(1);
  }

  #polls(asked: FdEvents[]): boolean {
    this.#reserve(asked.length);
    for (let i = 0; i < asked.length; i++) {
      const [fd, events] = asked[i] as FdEvents;
      this.#set(i, fd, events);
    }
    return this.#ask(asked.length);
  }

  #selects(lists: FdLists): boolean {
    this.#reserve(lists.reduce((sum, list) => sum + (list?.length ?? 0), 0));
    let count = 0;
    for (let kind = 0; kind < lists.length; kind++) {
      const events = this.#kinds[kind] as number;
      for (const fd of lists[kind] ?? []) this.#set(count++, fd, events);
    }
    if (!this.#ask(count)) return false;
    // poll(2) also reports events that were not asked for, such as POLLHUP of an fd for writing.
    let at = 0;
    for (let kind = 0; kind < lists.length; kind++) {
      const counts = this.#answers[kind] as number;
      for (const end = at + (lists[kind]?.length ?? 0); at < end; at++) {
        if (((this.#shorts[this.#place(at) * 2 + 3] as number) & counts) !== 0) return true;
      }
    }
    return false;
  }

  #place(entry: number): number {
    return this.#layout.POLL_ENTRIES + 2 * entry;
  }

  /** Makes room for so many entries and the mark. */
  #reserve(count: number): void {
    const ints = this.#layout.POLL_ENTRIES + 4 * (count + 1);
    if (this.#ints.length >= ints) return;
    this.#memory = new ArrayBuffer(8 * ints);
    this.#ints = new Int32Array(this.#memory);
    this.#shorts = new Uint16Array(this.#memory);
  }

  #set(entry: number, fd: number, events: number): void {
    const at = this.#place(entry);
    this.#ints[at] = fd;
    this.#shorts[2 * at + 2] = events;
  }

  /** Whether an entry is ready. An error counts as no: then the records are written. */
  #ask(count: number): boolean {
    const { POLL_COUNT, POLL_LIMIT, POLL_TIMEOUT } = this.#layout;
    this.#set(count, MARK, 0);
    this.#ints[POLL_COUNT] = count + 1;
    this.#ints[POLL_TIMEOUT] = 0;
    this.#ints[POLL_LIMIT] = 1;
    return this.#poll(this.#memory) > 0;
  }
}
