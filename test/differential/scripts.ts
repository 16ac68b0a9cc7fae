/** Random scripts of operations on pipes and socket pairs, and how fdselect runs one. */
import fc from 'fast-check';
import { KeyError, type Waker } from 'fdselect';
import { argumentsFor, type Step } from './arguments.ts';
import { type Answer, Descriptors, type Steps, Waits } from './descriptors.ts';
import { epollScripts, epollSteps } from './epoll-steps.ts';
import { ioScripts, ioSteps } from './io-steps.ts';
import { type Kind, MAX_PAIRS } from './kinds.ts';
import { pollScripts, pollSteps } from './poll-steps.ts';
import { selectorScripts, selectorSteps } from './selector-steps.ts';

export interface Script {
  kinds: Kind[];
  steps: Step[];
}

const FAMILIES = { poll: pollScripts, epoll: epollScripts, selector: selectorScripts };

/** @param waker - open where the waits are to be made without blocking */
export async function runScript({ kinds, steps }: Script, waker: Waker | null): Promise<Answer[]> {
  const fds = new Descriptors(kinds);
  const waits = new Waits(waker);
  const { selectorFinish, ...selectors } = selectorSteps(fds, waits);
  const runner: Steps = {
    ...ioSteps(fds),
    ...pollSteps(fds, waits),
    ...epollSteps(fds, waits),
    ...selectors,
  };
  const answers: Answer[] = [];
  try {
    for (const [name, ...args] of steps) {
      try {
        answers.push((await runner[name]?.(...(args as never[]))) ?? null);
      } catch (error) {
        answers.push(errorName(error));
      }
      fds.settle();
      await waits.settle();
    }
  } finally {
    selectorFinish?.();
    fds.finish();
  }
  return answers;
}

/** An error as the two sides have it in common. */
function errorName(error: unknown): string {
  if (error instanceof KeyError) return 'KeyError';
  if (error instanceof TypeError) return 'TypeError';
  if (error instanceof RangeError) return 'RangeError';
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_CLOSED') return code;
  if (syscall === undefined || code === undefined) throw error;
  return code;
}

/**
 * Scripts on one to four pairs, and with one to three of the modules' parts, so that
 * steps meet; bad arguments now and then.
 *
 * @param isAsync - whether the waits will be made without blocking
 */
export function scripts(isAsync: boolean): fc.Arbitrary<Script> {
  const kind = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<Kind>('pipe', 'stream') },
    { weight: 5, arbitrary: fc.constantFrom<Kind>('dgram', 'seqpacket', 'tcp', 'udp') },
    { weight: 2, arbitrary: fc.constantFrom<Kind>('null', 'file', 'fifo', 'pty') },
  );
  const families = fc.subarray(Object.values(FAMILIES), { minLength: 1 });
  return fc
    .tuple(fc.array(kind, { minLength: 1, maxLength: MAX_PAIRS }), families)
    .chain(([kinds, parts]) => {
      const args = argumentsFor(kinds);
      // fast-check's weights are whole numbers.
      const weighted = [ioScripts, ...parts]
        .flatMap((part) => part(args, isAsync))
        .map(({ weight, arbitrary }) => ({ weight: Math.round(10 * weight), arbitrary }));
      return fc.record({
        kinds: fc.constant(kinds),
        steps: fc.array(fc.oneof(...weighted), { minLength: 1, maxLength: 60, size: 'max' }),
      });
    });
}
