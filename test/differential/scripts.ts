/** Random scripts of operations on pipes and socket pairs, and how fdselect runs one. */
import { closeSync, readSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { KeyError, poll, select } from 'fdselect';
import { pipe, setBlocking } from 'fdselect/os';
import { type Socket, socketpair } from 'fdselect/socket';

export type Step = [name: keyof Runner, ...args: (number | string | number[])[]];

export interface Script {
  kinds: ('pipe' | 'pair')[];
  steps: Step[];
}

/** What a step answers: a result, or the name of an error. */
type Answer = unknown;

const TIMEOUTS: Record<string, unknown> = { nan: Number.NaN, text: '1' };

/** The operations, on fds that go by their index in the script's list. */
class Runner {
  readonly #fds: number[] = [];
  readonly #sockets = new Map<number, Socket>();
  readonly #poller = poll();

  constructor(kinds: Script['kinds']) {
    for (const kind of kinds) {
      if (kind === 'pipe') this.#fds.push(...pipe());
      else {
        for (const end of socketpair()) {
          this.#sockets.set(this.#fds.length, end);
          this.#fds.push(end.fileno());
        }
      }
    }
    for (const fd of this.#fds) setBlocking(fd, false);
  }

  #number(index: number): number {
    return index < 0 ? index : (this.#fds[index] as number);
  }

  write(index: number, size: number): Answer {
    return writeSync(this.#number(index), Buffer.alloc(size, 'x'));
  }

  read(index: number, size: number): Answer {
    return readSync(this.#number(index), Buffer.alloc(size));
  }

  close(index: number): Answer {
    return closeSync(this.#number(index));
  }

  shutdown(index: number, how: number): Answer {
    return this.#sockets.get(index)?.shutdown(how);
  }

  register(index: number, mask: number): Answer {
    return this.#poller.register(this.#number(index), mask);
  }

  modify(index: number, mask: number): Answer {
    return this.#poller.modify(this.#number(index), mask);
  }

  unregister(index: number): Answer {
    return this.#poller.unregister(this.#number(index));
  }

  poll(timeout: number | string): Answer {
    const answer = this.#poller.poll((TIMEOUTS[timeout] ?? timeout) as number);
    return answer.map(([fd, events]) => [this.#fds.indexOf(fd), events]);
  }

  select(rlist: number[], wlist: number[], xlist: number[], timeout: number | string): Answer {
    const lists = [rlist, wlist, xlist].map((list) => list.map((index) => this.#number(index)));
    const answer = select(
      ...(lists as [number[], number[], number[]]),
      (TIMEOUTS[timeout] ?? timeout) as number,
    );
    return answer.map((fds: number[]) => fds.map((fd) => this.#fds.indexOf(fd)));
  }

  finish(): void {
    for (const end of this.#sockets.values()) end.detach();
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

/** Scripts on three or four objects, so that steps meet; bad arguments now and then. */
export function scripts(): fc.Arbitrary<Script> {
  const kinds = fc.array(fc.constantFrom<'pipe' | 'pair'>('pipe', 'pair'), {
    minLength: 1,
    maxLength: 4,
  });
  return kinds.chain((kinds) => {
    // write, read and close are node:fs's, whose own argument checks are not what is compared.
    const file = fc.nat(2 * kinds.length - 1);
    const fd = fc.oneof(
      { weight: 30, arbitrary: file },
      { weight: 1, arbitrary: fc.constantFrom(-1, -5) },
    );
    const list = fc.array(fd, { maxLength: 5 });
    const size = fc.oneof(
      fc.constantFrom(1, 4095, 4096, 65536, 70000),
      fc.integer({ min: 1, max: 70000 }),
    );
    const mask = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(0, 1, 2, 4, 5, 7, 0x2000, 0x2007, 0xffff) },
      { weight: 5, arbitrary: fc.nat(0xffff) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 65536, 2 ** 40) },
    );
    const timeout = fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom('nan', 'text', 2 ** 70) },
    );
    // Negative ones are for select alone: poll would wait for ever.
    const selectTimeout = fc.oneof(
      { weight: 30, arbitrary: timeout },
      { weight: 1, arbitrary: fc.constantFrom(-1, -1e-10) },
    );
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.tuple(fc.constant('write'), file, size) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('read'), file, size) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('close'), file) },
      { weight: 1, arbitrary: fc.tuple(fc.constant('shutdown'), file, fc.nat(2)) },
      { weight: 5, arbitrary: fc.tuple(fc.constant('register'), fd, mask) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('modify'), fd, mask) },
      { weight: 2, arbitrary: fc.tuple(fc.constant('unregister'), fd) },
      { weight: 6, arbitrary: fc.tuple(fc.constant('poll'), timeout) },
      { weight: 4, arbitrary: fc.tuple(fc.constant('select'), list, list, list, selectTimeout) },
    ) as fc.Arbitrary<Step>;
    return fc.record({
      kinds: fc.constant(kinds),
      steps: fc.array(step, { minLength: 5, maxLength: 40 }),
    });
  });
}
