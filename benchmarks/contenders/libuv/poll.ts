/** libuv's uv_poll_t: the libuv that Node itself has, in the same process as fdselect. */
import { inC } from '../c/in-process.js';
import type { Calls, Churn } from '../roles.js';

export const calls: Calls = inC('libuvWaits');
export const churn: Churn = inC('libuvChurn');
