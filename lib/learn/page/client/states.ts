/** The states that were shown last: a step forward needs one new state only. */
import type { Recording } from '../../replay/format.js';
import { type State, stateAt } from '../../replay/state.js';

/** Of each recording so many are kept: the present step's and its neighbours'. */
const KEPT = 4;

const cache = new WeakMap<Recording, Map<number, State>>();

/** The state after so many steps, to be read only. */
export function stateOf(recording: Recording, count: number): State {
  const known = cache.get(recording) ?? new Map<number, State>();
  cache.set(recording, known);
  const state = known.get(count) ?? stateAt(recording, count);
  // The latest use comes last.
  known.delete(count);
  known.set(count, state);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return state;
}
