// 3 changes took
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
export class Interest {
  set = epoll();
  masks = new Map();
  want(fd, { read, write }) {
    const events = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    try {
      this.set.register(fd, events);
    } catch {
      if (events === 0) this.set.unregister(fd);
      else this.set.modify(fd, events);
    }
  }
}
