// the list has the events
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
export class Interest {
  set = epoll();
  masks = new Map();
  want(fd, { read, write }) {
    const events = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    if (this.masks.has(fd)) return;
    this.masks.set(fd, events);
    this.set.register(fd, events);
  }
}
