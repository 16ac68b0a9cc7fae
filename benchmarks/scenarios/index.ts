/** All scenarios, in the order in which they run. */
import type { Cell } from '../runner/results.js';
import type { Scenario } from '../runner/scenario.js';
import { accept } from './accept.js';
import { active } from './active.js';
import { calls } from './calls.js';
import { churn } from './churn.js';
import { echo } from './echo.js';
import { idle } from './idle.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { startup } from './startup.js';
import { syscalls } from './syscalls.js';
import { wake } from './wake.js';

// The runner gives a scenario its own cells only, which TypeScript cannot know.
export const scenarios: readonly (() => Scenario<Cell>)[] = [
  ...[calls, idle, churn, wake],
  ...[echo, latency, active, accept, memory, startup, syscalls],
] as never;
