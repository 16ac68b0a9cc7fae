// it is still there: HUP would end waits
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';
export class Interest {
  set = epoll();
  masks = new Map();
  want(fd, { read, write }) {
    const events = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    const before = this.masks.get(fd);
    if (before === events) return;
    if (before === undefined) this.set.register(fd, events);
    else this.set.modify(fd, events);
    this.masks.set(fd, events);
  }
}
