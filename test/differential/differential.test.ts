/**
 * The same random scripts through CPython and through fdselect: the answers agree.
 *
 * FDSELECT_SCRIPTS sets how many, FDSELECT_SEED which; a disagreement is shrunk to a short script
 * and printed with its seed and both answers up to the first step that differs.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Name, runScript, type Script, scripts } from './scripts.ts';

const COUNT = Number(process.env.FDSELECT_SCRIPTS ?? 2000);
const SEED = Number(process.env.FDSELECT_SEED ?? Date.now() % 2 ** 31);

/** What every run meets, or it would not test much; with far fewer scripts it might not. */
const OUTCOMES =
  'close closeObject modify poll read recv register select send sendall shutdown tryRecv trySend ' +
  'unregister write EAGAIN EBADF EINVAL ENOENT EPIPE KeyError RangeError TypeError ' +
  'readable writable exceptional POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL';

/** poll(2)'s first six bits, and select(2)'s three sets. */
const EVENTS = ['POLLIN', 'POLLPRI', 'POLLOUT', 'POLLERR', 'POLLHUP', 'POLLNVAL'];
const SETS = ['readable', 'writable', 'exceptional'];

let python: ChildProcessByStdio<Writable, Readable, null>;
let answers: AsyncIterator<string>;

beforeAll(() => {
  python = spawn('python3', [`${import.meta.dirname}/runner.py`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
});

afterAll(async () => {
  python.stdin.end();
  await once(python, 'close');
});

async function runInPython(script: Script): Promise<Answer[]> {
  python.stdin.write(`${JSON.stringify(script)}\n`);
  const answer = await answers.next();
  if (answer.done === true) throw new Error('python3 has ended');
  return JSON.parse(answer.value);
}

/** The script as a table: step, CPython's answer, ours where it differs. */
function disagreement(script: Script, theirs: Answer[], ours: Answer[], last: number): string {
  const lines = script.steps.slice(0, last + 1).map((step, i) => {
    const line = `${JSON.stringify(step)} -> ${JSON.stringify(theirs[i])}`;
    return i < last ? line : `${line}\n  but fdselect: ${JSON.stringify(ours[i])}`;
  });
  return `CPython answers on ${JSON.stringify(script.kinds)}:\n  ${lines.join('\n  ')}`;
}

/** What a step and its answer are examples of. */
function outcomes(name: string, answer: Answer): string[] {
  if (typeof answer === 'string') return [name, answer];
  if (name === 'poll') {
    const revents = (answer as [Name, number][]).map(([, bits]) => bits);
    return [name, ...EVENTS.filter((_, bit) => revents.some((bits) => (bits & (1 << bit)) !== 0))];
  }
  if (name === 'select') {
    return [name, ...SETS.filter((_, kind) => (answer as Name[][])[kind]?.length !== 0)];
  }
  return [name];
}

test(`${COUNT} scripts, seed ${SEED}`, { timeout: 60_000 + 20 * COUNT }, async () => {
  const met = new Map(OUTCOMES.split(' ').map((outcome) => [outcome, 0]));
  await fc.assert(
    fc.asyncProperty(scripts(), async (script) => {
      const ours = runScript(script);
      const theirs = await runInPython(script);
      for (const [i, [name]] of script.steps.entries()) {
        if (!isDeepStrictEqual(ours[i], theirs[i])) {
          throw new Error(disagreement(script, theirs, ours, i));
        }
        for (const outcome of outcomes(name, theirs[i])) {
          met.set(outcome, (met.get(outcome) ?? 0) + 1);
        }
      }
    }),
    { numRuns: COUNT, seed: SEED },
  );
  expect([...met].filter(([, times]) => times === 0)).toEqual([]);
});
