/** The descriptors of a script: pipes, pairs and epoll objects, identified by their index. */
import { closeSync } from 'node:fs';
import { type Epoll, epoll, selectAsync, type Waker } from 'fdselect';
import { setBlocking } from 'fdselect/os';
import { Socket } from 'fdselect/socket';
import {
  type Item,
  isNetwork,
  type Kind,
  openPair,
  settleNetwork,
  settleTcp,
  writeToPty,
} from './kinds.ts';

/** An fd by its index, `s3` for an object that has it, or a bad one. */
export type Name = number | string;

/** A step answers a result or the name of an error. */
export type Answer = unknown;

/** The functions behind the names of steps. */
export type Steps = Record<string, (...args: never[]) => Answer>;

/** How many epoll objects follow the fds of the script's kinds. */
export const EPOLLS = 2;

/** Values that JSON does not have, or that a script must not confuse with the index of an fd. */
const SPECIAL = new Map<unknown, unknown>([
  ['nan', Number.NaN],
  ['text', '1'],
  ['2^70', 2 ** 70],
  ['int', 7],
  ['null', null],
  ['INT_MAX', 2 ** 31 - 1],
  ['INT_MAX+1', 2 ** 31],
]);

/** The value that stands behind a name in a script. */
export function special<T>(value: unknown): T {
  return (SPECIAL.has(value) ? SPECIAL.get(value) : value) as T;
}

export class Descriptors {
  readonly epolls: Epoll[];
  readonly #fds: number[];
  readonly #objects: Item[];

  readonly #kinds: Kind[];

  constructor(kinds: Kind[]) {
    this.#kinds = kinds;
    const objects = kinds.flatMap(openPair);
    for (const object of objects) setBlocking(object, false);
    this.epolls = Array.from({ length: EPOLLS }, () => epoll());
    this.#objects = [...objects, ...this.epolls];
    this.#fds = this.#objects.map((object) => object.fileno());
  }

  fd(index: number): number {
    return this.#fds[index] as number;
  }

  /** The number or the object that stands behind a name; a negative number is itself. */
  argument(name: Name): number {
    if (typeof name === 'number') return name < 0 ? name : this.fd(name);
    const value = special<number | string>(name);
    return (value === name ? this.#objects[Number(name.slice(1))] : value) as number;
  }

  list(names: Name[] | string): number[] {
    return typeof names === 'string' ? special(names) : names.map((name) => this.argument(name));
  }

  name(item: unknown): Name {
    if (typeof item !== 'number') return `s${this.#objects.indexOf(item as Item)}`;
    return this.#fds.includes(item) ? this.#fds.indexOf(item) : `number ${item}`;
  }

  socket(index: number): Socket | undefined {
    const end = this.#objects[index];
    return end instanceof Socket ? end : undefined;
  }

  /** A write(2), or null if a pty is in no state for one. */
  write(index: number, write: (fd: number) => number): number | null {
    const run = () => write(this.fd(index));
    if (this.#kinds[index >> 1] !== 'pty') return run();
    const master = index & ~1;
    return writeToPty([this.fd(master), this.fd(master + 1)], index & 1, run);
  }

  /** Waits until the sent data has arrived, and its sender knows. */
  settle(): void {
    if (this.#kinds.some(isNetwork)) settleNetwork();
    for (const [index, end] of this.#objects.entries()) {
      if (this.#kinds[index >> 1] === 'tcp') settleTcp(end as Socket);
    }
  }

  finish(): void {
    for (const object of this.epolls) object.close();
    for (const end of this.#objects) if (end instanceof Socket) end.detach();
    for (const fd of this.#fds) {
      try {
        closeSync(fd);
      } catch (error) {
        // The script has closed it.
        if ((error as NodeJS.ErrnoException).code !== 'EBADF') throw error;
      }
    }
  }
}

/** How the waits of a script are made: blocking, or, where there is a waker, not. */
export class Waits {
  readonly isAsync: boolean;
  readonly #waker: Waker | null;
  #count = 0;
  /** When the running wait may end with nothing, in milliseconds. */
  #deadline = 0;
  #isUnsettled = false;

  constructor(waker: Waker | null) {
    this.isAsync = waker !== null;
    this.#waker = waker;
  }

  /**
   * A timeout as the wait gets it. An asynchronous one gets a small one instead of 0 every other
   * time: what is ready is answered at once, and with nothing ready the waiter has something to do.
   */
  timeout(name: Name, millisecond: number): number {
    this.#deadline = performance.now() + (Number(name) / millisecond || 0);
    if (typeof name === 'number' && name > 0) this.#isUnsettled = true;
    if (name !== 0 || !this.isAsync || this.#count++ % 2 === 1) return special(name);
    this.#isUnsettled = true;
    return millisecond;
  }

  /** Checks an answer: an empty one must not come before the timeout is over. */
  checked<Answer extends readonly unknown[]>(answer: Answer): Answer {
    if (answer.length === 0 && performance.now() < this.#deadline) {
      throw new Error('the wait has ended before its timeout');
    }
    return answer;
  }

  /**
   * Waits until the waiter has forgotten the last wait. A waiter thread holds the files open until it
   * has noticed the end of the wait; before that, the peer does not see a close().
   */
  async settle(): Promise<void> {
    if (!this.#isUnsettled || this.#waker === null) return;
    this.#isUnsettled = false;
    const answer = selectAsync([this.#waker], [], []);
    this.#waker.wake();
    await answer;
    this.#waker.clear();
  }
}
