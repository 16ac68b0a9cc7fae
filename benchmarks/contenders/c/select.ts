/** select in C, in the same process as fdselect. */
import type { Calls } from '../roles.js';
import { inC } from './in-process.js';

export const calls: Calls = inC('selectWaits');
