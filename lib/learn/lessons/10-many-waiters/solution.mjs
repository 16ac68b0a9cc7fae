// Solution of lesson 10: the kernel wakes one of the exclusive waiters, and being level-triggered,
// the next wait tells of what is still in the queue.
import { EPOLLEXCLUSIVE, EPOLLIN } from 'fdselect';

export const choice = { shared: false, events: EPOLLIN | EPOLLEXCLUSIVE };
