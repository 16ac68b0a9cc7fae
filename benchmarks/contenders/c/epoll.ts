/** epoll in C, in the same process as fdselect. */
import type { Calls, Churn } from '../roles.js';
import { inC } from './in-process.js';

export const calls: Calls = inC('epollWaits');
export const churn: Churn = inC('epollChurn');
