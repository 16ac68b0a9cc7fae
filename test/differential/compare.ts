/** Compares fdselect's answers to random scripts with CPython's. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { selectAsync, Waker } from 'fdselect';
import { amount } from '../support/amount.ts';
import { SEED } from '../support/seed.ts';
import type { Answer, Name } from './descriptors.ts';
import type { Kind } from './kinds.ts';
import { Python } from './python.ts';
import { runScript, type Script, scripts } from './scripts.ts';

/** How many scripts with asynchronous waits: each of these takes a millisecond if nothing is ready. */
export const ASYNC_COUNT = Number(process.env.FDSELECT_SCRIPTS ?? amount(1000, 2000)) / 10;

/**
 * Checks `count` examples of a property; more of them, up to five times as many, while outcomes are
 * missing. Otherwise one seed in some hundreds lacks a rare one.
 */
export async function assertUntilMet<T>(
  property: fc.IAsyncProperty<T>,
  count: number,
  missing: ReadonlySet<string>,
): Promise<void> {
  for (let more = 0; more === 0 || (missing.size > 0 && more < 5); more++) {
    await fc.assert(property, { numRuns: count, seed: SEED + more });
  }
}

/** poll(2)'s first six bits, and select(2)'s three sets. */
const EVENTS = ['IN', 'PRI', 'OUT', 'ERR', 'HUP', 'NVAL'];
const SETS = ['readable', 'writable', 'exceptional'];

/**
 * Opens the environment's waiter and a waker. To be called before the tests: their fds stay open, and
 * must not get the numbers of those that a script has closed.
 */
export async function openWaiter(driver: 'uv' | 'thread'): Promise<Waker> {
  process.env.FDSELECT_WAITER = driver;
  await selectAsync([], [], [], 0.001);
  return new Waker();
}

/** The script as a table: step, CPython's answer, ours where it differs. */
function disagreement(script: Script, theirs: Answer[], ours: Answer[], last: number): string {
  const lines = script.steps.slice(0, last + 1).map((step, i) => {
    const line = `${JSON.stringify(step)} -> ${JSON.stringify(theirs[i])}`;
    return i < last ? line : `${line}\n  but fdselect: ${JSON.stringify(ours[i])}`;
  });
  return `CPython answers on ${JSON.stringify(script.kinds)}:\n  ${lines.join('\n  ')}`;
}

/**
 * The kernel answers in the order in which the fds became ready, as the set was last looked at. A
 * waiter looks more often.
 */
function sorted([name]: Script['steps'][number], answer: Answer): Answer {
  if (!Array.isArray(answer) || !/^(epollPoll|epollFromfd|selectorSelect)$/.test(name))
    return answer;
  return answer.map((item) => JSON.stringify(item)).sort();
}

/** Reads, writes and their errors, by the kind of the end: `tcp.recv`, `udp.ECONNREFUSED`. */
function ioOutcomes([name, index]: Script['steps'][number], answer: Answer, kinds: Kind[]) {
  const kind = kinds[Number(index) >> 1];
  if (!/^(read|write|recv|send)$/.test(name) || kind === undefined) return [];
  if (typeof answer === 'string') return [`${kind}.${answer}`];
  return Number(answer) > 0 ? [`${kind}.${name}`] : [];
}

/** What a step and its answer are examples of. */
function outcomes([name, which]: Script['steps'][number], answer: Answer): string[] {
  const family = /^(epoll|selector)/.exec(name)?.[0];
  if (typeof answer === 'string') {
    return [name, family === undefined ? answer : `${family}.${answer}`];
  }
  if (name === 'poll' || name.startsWith('epollPoll')) {
    const revents = (answer as [Name, number][]).map(([, bits]) => bits);
    const prefix = family === undefined ? 'POLL' : 'EPOLL';
    const met = EVENTS.filter((_, bit) => revents.some((bits) => (bits & (1 << bit)) !== 0));
    return [name, ...met.map((event) => prefix + event)];
  }
  if (name === 'select') {
    return [name, ...SETS.filter((_, kind) => (answer as Name[][])[kind]?.length !== 0)];
  }
  if (name === 'selectorSelect') {
    return [name, ...(answer as Name[][]).map((key) => `${which}.${key.at(-1)}`)];
  }
  if (name === 'selectorModify') return [name, (answer as boolean[])[1] ? 'sameKey' : 'newKey'];
  return [name];
}

/**
 * Throws for a script that is answered differently, shrunk.
 *
 * @param expected - what the scripts have to meet, or they would not test much
 * @returns the expected outcomes that were not met
 */
export async function compare(
  count: number,
  waker: Waker | null,
  expected: string[],
): Promise<string[]> {
  const missing = new Set(expected);
  const isAsync = waker !== null;
  const agree = (step: Script['steps'][number], ours: Answer, theirs: Answer) =>
    isAsync
      ? isDeepStrictEqual(sorted(step, ours), sorted(step, theirs))
      : isDeepStrictEqual(ours, theirs);
  const python = new Python<Script, Answer[]>('runner.py');
  const property = fc.asyncProperty(scripts(isAsync), async (script) => {
    const ours = await runScript(script, waker);
    const theirs = await python.ask(script);
    for (const [i, step] of script.steps.entries()) {
      if (!agree(step, ours[i], theirs[i])) {
        throw new Error(disagreement(script, theirs, ours, i));
      }
      const met = [...outcomes(step, theirs[i]), ...ioOutcomes(step, theirs[i], script.kinds)];
      for (const outcome of met) missing.delete(outcome);
    }
  });
  try {
    await assertUntilMet(property, count, missing);
  } finally {
    await python.close();
  }
  return [...missing];
}
