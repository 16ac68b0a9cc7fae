/** Poll against a simple model: a Map in the order of insertion. */
import fc from 'fast-check';
import { KeyError, OSError, POLLIN, POLLNVAL, POLLOUT, Poll } from 'fdselect';
import { close, pipe, read, write } from 'fdselect/os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { amount } from '../support/amount.ts';
import { runtime } from '../support/runtime.ts';
import { SEED } from '../support/seed.ts';

/** Enough that the memory grows twice and that holes are closed in the middle. */
const PIPES = 24;

/** The fd after all that are open: never opened, so always POLLNVAL. */
const CLOSED = 2 ** 31 - 1;

type Step =
  | ['register' | 'modify', fd: number, mask: number]
  | ['unregister' | 'toggle', fd: number]
  | ['poll']
  | ['pollInto', room: number];

interface Pipes {
  /** Reading ends, then writing ends, then the closed fd. */
  fds: number[];
  /** Whether there is a byte in each pipe. */
  full: boolean[];
}

/** What poll(2) says about a pipe's end, or about the closed fd. */
function revents({ fds, full }: Pipes, fd: number, mask: number): number {
  const index = fds.indexOf(fd);
  if (fd === CLOSED) return POLLNVAL;
  if (index < PIPES) return full[index] ? mask & POLLIN : 0;
  return mask & POLLOUT;
}

class Model {
  readonly #masks = new Map<number, number>();
  readonly #pipes: Pipes;

  constructor(pipes: Pipes) {
    this.#pipes = pipes;
  }

  register(fd: number, mask: number): void {
    this.#masks.set(fd, mask);
  }

  modify(fd: number, mask: number): void {
    if (!this.#masks.has(fd)) throw new OSError(2, 'poll');
    this.#masks.set(fd, mask);
  }

  unregister(fd: number): void {
    if (!this.#masks.delete(fd)) throw new KeyError(fd);
  }

  /** Going round, the first that is ready after one that is registered. */
  firstReadyAfter(last: number): number | undefined {
    const fds = [...this.#masks.keys()];
    const begin = fds.indexOf(last) + 1;
    const ready = new Set(this.poll().map(([fd]) => fd));
    return [...fds.slice(begin), ...fds.slice(0, begin)].find((fd) => ready.has(fd));
  }

  poll(): [number, number][] {
    return [...this.#masks]
      .map(([fd, mask]): [number, number] => [fd, revents(this.#pipes, fd, mask)])
      .filter(([, bits]) => bits !== 0);
  }
}

function scripts(indexes: number[], maxLength: number): fc.Arbitrary<Step[]> {
  const index = fc.constantFrom(...indexes);
  const mask = fc.constantFrom(0, POLLIN, POLLOUT, POLLIN | POLLOUT);
  const room = fc.integer({ min: 1, max: 5 });
  const step = (weight: number, name: Step[0], ...args: fc.Arbitrary<number>[]) => ({
    weight,
    arbitrary: fc.tuple(fc.constant(name), ...args) as fc.Arbitrary<Step>,
  });
  const steps = fc.oneof(
    step(5, 'register', index, mask),
    step(4, 'modify', index, mask),
    step(4, 'unregister', index),
    step(2, 'toggle', fc.constantFrom(...indexes.filter((i) => i < PIPES))),
    step(5, 'poll'),
    step(4, 'pollInto', room),
  );
  return fc.array(steps, { minLength: 1, maxLength, size: 'max' });
}

let pipes: Pipes;

beforeAll(() => {
  const ends = Array.from({ length: PIPES }, () => pipe());
  pipes = { fds: [...ends.map(([r]) => r), ...ends.map(([, w]) => w), CLOSED], full: [] };
});

afterAll(() => {
  for (const fd of pipes.fds) if (fd !== CLOSED) close(fd);
});

function toggle(index: number): void {
  if (pipes.full[index]) read(pipes.fds[index] as number, 1);
  else write(pipes.fds[PIPES + index] as number, 'x');
  pipes.full[index] = !pipes.full[index];
}

function attempt<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    return String(error);
  }
}

/** What pollInto writes for at most `room` pairs. */
function take(poller: Poll, room: number): [number, number][] {
  const events = new Int32Array(2 * room).fill(-7);
  const count = poller.pollInto(events, 0);
  expect([...events.subarray(2 * count)].every((value) => value === -7)).toBe(true);
  return Array.from({ length: count }, (_, i) => [events[2 * i], events[2 * i + 1]]) as [
    number,
    number,
  ][];
}

/**
 * Calls pollInto until everything that is ready must have come: a round.
 * @param last - the fd that the call before ended with, where the round has to go on after it
 * @returns the fd that the next call has to go on after
 */
function checkRound(poller: Poll, model: Model, room: number, last?: number): number | undefined {
  const ready = model.poll();
  const round: [number, number][] = [];
  do {
    const part = take(poller, room);
    expect(part.length).toBe(Math.min(room, ready.length));
    round.push(...part);
  } while (round.length < ready.length);
  const end = round.at(-1)?.[0];
  round.length = ready.length;
  const first = last === undefined ? round[0]?.[0] : model.firstReadyAfter(last);
  const begin = ready.findIndex(([fd]) => fd === first);
  expect(round).toEqual([...ready.slice(begin), ...ready.slice(0, begin)]);
  if (ready.length === 0) return last;
  return room < ready.length ? end : undefined;
}

function check(steps: Step[]): void {
  for (const i of pipes.full.keys()) if (pipes.full[i]) toggle(i);
  const poller = new Poll();
  const model = new Model(pipes);
  let last: number | undefined;
  for (const [name, ...args] of steps) {
    const [first = 0, mask = 0] = args;
    if (name === 'toggle') toggle(first);
    else if (name === 'pollInto') last = checkRound(poller, model, first, last);
    else if (name === 'poll') {
      expect(poller.poll(0)).toEqual(model.poll());
      last = undefined;
    } else {
      const fd = pipes.fds[first] as number;
      expect(attempt(() => poller[name](fd, mask))).toBe(attempt(() => model[name](fd, mask)));
      // At the end of a round, pollInto() may start again before it reaches new fds.
      if (name === 'register' || (name === 'unregister' && fd === last)) last = undefined;
    }
  }
  expect(poller.poll(0)).toEqual(model.poll());
}

/** Emulation takes twenty times as long. */
const RUNS = runtime === 'qemu' ? 20 : amount(100, 500);

// With few fds, one soon comes into another's place; with many, the memory grows.
test.each([
  ['3 fds', [0, PIPES, PIPES + 1]],
  ['5 fds', [0, 1, PIPES, PIPES + 1, 2 * PIPES]],
  ['49 fds', [...Array(2 * PIPES + 1).keys()]],
])('does what a Map in the order of insertion does: %s', { timeout: 120_000 }, (_, indexes) => {
  fc.assert(fc.property(scripts(indexes, 250), check), { numRuns: RUNS, seed: SEED });
});
