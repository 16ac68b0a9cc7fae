/** Random scripts of operations on pipes and socket pairs, and how fdselect runs one. */
import { closeSync, readSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { KeyError, poll, select } from 'fdselect';
import { pipe, setBlocking } from 'fdselect/os';
import {
  AF_UNIX,
  MSG_OOB,
  MSG_PEEK,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  Socket,
  socketpair,
} from 'fdselect/socket';

/** An fd by its index, `s3` for an object that has it, or a bad one. */
export type Name = number | string;

export type Step = [name: Exclude<keyof Runner, 'finish'>, ...args: (Name | Name[])[]];

export interface Script {
  kinds: Kind[];
  steps: Step[];
}

type Kind = 'pipe' | 'stream' | 'dgram' | 'seqpacket';

const TYPES = { stream: SOCK_STREAM, dgram: SOCK_DGRAM, seqpacket: SOCK_SEQPACKET };
const FLAGS: Record<string, number> = { '': 0, oob: MSG_OOB, peek: MSG_PEEK };

/** What JSON cannot say, or what must not be taken for the index of an fd. */
const SPECIAL = new Map<unknown, unknown>([
  ['nan', Number.NaN],
  ['text', '1'],
  ['2^70', 2 ** 70],
  ['int', 7],
  ['null', null],
  ['INT_MAX', 2 ** 31 - 1],
  ['INT_MAX+1', 2 ** 31],
]);

function special<T>(value: unknown): T {
  return (SPECIAL.has(value) ? SPECIAL.get(value) : value) as T;
}

/** A step answers a result or the name of an error. */
export type Answer = unknown;

/** The operations. */
class Runner {
  readonly #fds: number[] = [];
  readonly #objects: { fileno(): number }[] = [];
  readonly #poller = poll();

  constructor(kinds: Kind[]) {
    for (const kind of kinds) {
      const objects =
        kind === 'pipe'
          ? pipe().map((fd) => ({ fileno: () => fd }))
          : socketpair(AF_UNIX, TYPES[kind]);
      this.#objects.push(...objects);
      this.#fds.push(...objects.map((object) => object.fileno()));
    }
    for (const fd of this.#fds) setBlocking(fd, false);
  }

  #fd(index: number): number {
    return this.#fds[index] as number;
  }

  #argument(name: Name): number {
    if (typeof name === 'number') return name < 0 ? name : this.#fd(name);
    return (SPECIAL.has(name) ? SPECIAL.get(name) : this.#objects[Number(name.slice(1))]) as number;
  }

  #list(names: Name[] | string): number[] {
    return typeof names === 'string' ? special(names) : names.map((name) => this.#argument(name));
  }

  #name(item: number | { fileno(): number }): Name {
    if (typeof item !== 'number') return `s${this.#objects.indexOf(item)}`;
    return this.#fds.includes(item) ? this.#fds.indexOf(item) : `number ${item}`;
  }

  #socket(index: number): Socket | undefined {
    const end = this.#objects[index];
    return end instanceof Socket ? end : undefined;
  }

  write(index: number, size: number): Answer {
    return writeSync(this.#fd(index), Buffer.alloc(size, 'x'));
  }

  read(index: number, size: number): Answer {
    return readSync(this.#fd(index), Buffer.alloc(size));
  }

  close(index: number): Answer {
    return closeSync(this.#fd(index));
  }

  closeObject(index: number): Answer {
    return this.#socket(index)?.close();
  }

  shutdown(index: number, how: number): Answer {
    return this.#socket(index)?.shutdown(how);
  }

  send(index: number, size: number, flag: string): Answer {
    return this.#socket(index)?.send(Buffer.alloc(size, 'x'), FLAGS[flag]);
  }

  sendall(index: number, size: number): Answer {
    return this.#socket(index)?.sendall(Buffer.alloc(size, 'x'));
  }

  recv(index: number, size: number, flag: string): Answer {
    return this.#socket(index)?.recv(size, FLAGS[flag]).length;
  }

  // What Python has no word for answers null where Python's send() and recv() say EAGAIN.

  trySend(index: number, size: number): Answer {
    const sent = this.#socket(index)?.trySend(Buffer.alloc(size, 'x'));
    return sent === null ? 'EAGAIN' : sent;
  }

  tryRecv(index: number, size: number): Answer {
    const received = this.#socket(index)?.tryRecvInto(Buffer.alloc(size));
    return received === null ? 'EAGAIN' : received;
  }

  register(fd: Name, mask: number | string): Answer {
    return this.#poller.register(this.#argument(fd), special(mask));
  }

  modify(fd: Name, mask: number | string): Answer {
    return this.#poller.modify(this.#argument(fd), special(mask));
  }

  unregister(fd: Name): Answer {
    return this.#poller.unregister(this.#argument(fd));
  }

  poll(timeout: number | string): Answer {
    const answer = this.#poller.poll(special(timeout));
    return answer.map(([fd, events]) => [this.#name(fd), events]);
  }

  select(
    rlist: Name[] | string,
    wlist: Name[] | string,
    xlist: Name[] | string,
    timeout: number | string,
  ): Answer {
    const answer = select(
      this.#list(rlist),
      this.#list(wlist),
      this.#list(xlist),
      special(timeout),
    );
    return answer.map((items) => items.map((item) => this.#name(item)));
  }

  finish(): void {
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

export function runScript({ kinds, steps }: Script): Answer[] {
  const runner = new Runner(kinds);
  try {
    return steps.map(([name, ...args]) => {
      try {
        const run = runner[name] as (...args: unknown[]) => Answer;
        return run.apply(runner, args) ?? null;
      } catch (error) {
        return errorName(error);
      }
    });
  } finally {
    runner.finish();
  }
}

/** An error as the two sides have it in common. */
function errorName(error: unknown): string {
  if (error instanceof KeyError) return 'KeyError';
  if (error instanceof TypeError) return 'TypeError';
  if (error instanceof RangeError) return 'RangeError';
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) throw error;
  return code;
}

/** Scripts on one to four pipes and pairs, so that steps meet; bad arguments now and then. */
export function scripts(): fc.Arbitrary<Script> {
  return fc
    .array(fc.constantFrom<Kind>('pipe', 'pipe', 'stream', 'stream', 'dgram', 'seqpacket'), {
      minLength: 1,
      maxLength: 4,
    })
    .chain((kinds) =>
      fc.record({
        kinds: fc.constant(kinds),
        steps: fc.array(steps(2 * kinds.length), { minLength: 1, maxLength: 60, size: 'max' }),
      }),
    );
}

/** One of `good` mostly, of `bad` now and then. */
function mostly<T>(good: fc.Arbitrary<T>, ...bad: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 30, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
}

function steps(count: number): fc.Arbitrary<Step> {
  // What reads, writes and closes gets good arguments: node:fs's own checks are not compared.
  const index = fc.nat(count - 1);
  const some = fc.oneof<fc.Arbitrary<Name>[]>(
    index,
    index,
    index.map((i) => `s${i}`),
  );
  const fd = mostly<Name>(some, -1, -5, 'INT_MAX+1', 'null', 'text');
  // CPython's select refuses numbers from 1024 on, so only poll gets one that nobody opened.
  const pollFd = mostly<Name>(fd, 'INT_MAX');
  const list = mostly<Name[] | string>(fc.array(fd, { maxLength: 5 }), 'int', 'null');
  const size = fc.oneof(
    fc.constantFrom(1, 4095, 4096, 65536, 70000),
    fc.integer({ min: 1, max: 70000 }),
  );
  const mask = mostly<Name>(
    fc.oneof(
      fc.constantFrom(1, 4, 7),
      fc.constantFrom(0, 2, 5, 0x2000, 0x2007, 0xffff),
      fc.nat(0xffff),
    ),
    -1,
    65536,
    2 ** 40,
    '2^70',
    'null',
    'text',
  );
  const timeout = mostly<Name>(fc.constant(0), 'nan', 'text', '2^70');
  // Negative ones are for select alone: poll would wait for ever.
  const selectTimeout = mostly<Name>(timeout, -1, -1e-10);
  const step = (weight: number, name: Step[0], ...args: fc.Arbitrary<Name | Name[]>[]) => ({
    weight,
    arbitrary: fc.tuple(fc.constant(name), ...args) as fc.Arbitrary<Step>,
  });
  return fc.oneof(
    step(4, 'write', index, size),
    step(4, 'read', index, size),
    step(1, 'close', index),
    step(1, 'closeObject', index),
    step(1, 'shutdown', index, fc.nat(3)),
    step(1, 'send', index, size, fc.constant('')),
    step(3, 'send', index, fc.constantFrom(1, 2), fc.constant('oob')),
    step(1, 'sendall', index, size),
    step(1, 'trySend', index, size),
    step(2, 'recv', index, size, fc.constantFrom('', '', 'oob', 'peek')),
    step(1, 'tryRecv', index, size),
    step(8, 'register', pollFd, mask),
    step(2, 'modify', pollFd, mask),
    step(4, 'unregister', pollFd),
    step(10, 'poll', timeout),
    step(5, 'select', list, list, list, selectTimeout),
  );
}
