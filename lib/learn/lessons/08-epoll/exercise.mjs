// Exercise of lesson 8. Each change of an epoll is a system call. This class makes one at every
// call of want(). Mend it: a call only where the kernel does not know it yet.
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';

export class Interest {
  set = epoll();

  /** What is wanted of an fd from now on; both false: it is not watched. */
  want(fd, { read, write }) {
    const events = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    try {
      this.set.register(fd, events);
    } catch {
      this.set.modify(fd, events);
    }
  }
}
