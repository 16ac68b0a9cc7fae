/** All scenarios, in the order in which they run. */
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { calls } from './calls.js';
import { churn } from './churn.js';
import { idle } from './idle.js';

// The runner gives a scenario its own cells only, which TypeScript cannot know.
export const scenarios: readonly (() => Scenario<Cell>)[] = [calls, idle, churn] as never;
