/**
 * The same random scripts through CPython and through fdselect: the answers agree.
 *
 * FDSELECT_SCRIPTS sets how many, FDSELECT_SEED which; a disagreement is shrunk to a short script
 * and printed with its seed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runScript, type Script, scripts } from './scripts.ts';

const COUNT = Number(process.env.FDSELECT_SCRIPTS ?? 1000);
const SEED = Number(process.env.FDSELECT_SEED ?? Date.now() % 2 ** 31);

let python: ReturnType<typeof spawn>;
let answers: AsyncIterator<string>;

beforeAll(() => {
  python = spawn('python3', [`${import.meta.dirname}/runner.py`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (python.stdout === null) throw new Error('no pipe to python3');
  answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
});

afterAll(async () => {
  python.stdin?.end();
  await once(python, 'close');
});

async function runInPython(script: Script): Promise<unknown[]> {
  python.stdin?.write(`${JSON.stringify(script)}\n`);
  const answer = await answers.next();
  if (answer.done === true) throw new Error('python3 has ended');
  return JSON.parse(answer.value);
}

test(`${COUNT} scripts, seed ${SEED}`, { timeout: 60_000 + 20 * COUNT }, async () => {
  const asked = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(scripts(), async (script) => {
      const ours = runScript(script);
      const theirs = await runInPython(script);
      for (const [i, step] of script.steps.entries()) {
        expect(ours[i], `step ${i}, ${JSON.stringify(step)}: CPython is the expected one`).toEqual(
          theirs[i],
        );
        asked.set(step[0], (asked.get(step[0]) ?? 0) + 1);
      }
    }),
    { numRuns: COUNT, seed: SEED },
  );
  expect([...asked.keys()].sort()).toEqual([
    'close',
    'modify',
    'poll',
    'read',
    'register',
    'select',
    'shutdown',
    'unregister',
    'write',
  ]);
});
