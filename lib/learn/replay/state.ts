/**
 * Computes the state after each step: open files, watches, ready lists, and bytes on their way.
 *
 * `stateAt` is pure: the same recording and step give an equal state, independent of earlier calls.
 */
import { apply } from './apply.js';
import type { Recording } from './format.js';
import { initial, type State } from './model.js';
import { stepsOf } from './steps.js';

export type * from './model.js';

/**
 * A state is stored after each such number of steps, so that going back does not begin at the start.
 */
const DISTANCE = 64;
const cache = new WeakMap<Recording, State[]>();

/**
 * The state after the first `step` steps: 0 is the state before all of them.
 *
 * @throws RangeError if there is no such step
 */
export function stateAt(recording: Recording, step: number): State {
  const steps = stepsOf(recording);
  if (!Number.isInteger(step) || step < 0 || step > steps.length) {
    throw new RangeError(`step must be an integer from 0 to ${steps.length}: ${step}`);
  }
  const kept = cache.get(recording) ?? [initial()];
  cache.set(recording, kept);
  const nearest = Math.min(Math.floor(step / DISTANCE), kept.length - 1);
  const state = structuredClone(kept[nearest] as State);
  while (state.step < step) {
    apply(recording, state, steps[state.step] as (typeof steps)[number]);
    state.step++;
    if (state.step === kept.length * DISTANCE) kept.push(structuredClone(state));
  }
  return state;
}

/** Every state in turn, for going through a whole recording; one object, changed in place. */
export function* states(recording: Recording): Generator<State> {
  const state = initial();
  yield state;
  for (const step of stepsOf(recording)) {
    apply(recording, state, step);
    state.step++;
    yield state;
  }
}
