// Exercise of lesson 10. Four threads wait for one listener, each with an epoll of its own or all
// with a shared one. A thread that is woken accepts one connection and waits again.
// Choose how they wait: a connection should wake one thread, and none may be lost when several
// come, one after the other.
import { EPOLLIN } from 'fdselect';

export const choice = {
  shared: false, // true: one epoll for all
  events: EPOLLIN,
};
