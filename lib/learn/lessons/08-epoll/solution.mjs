// Solution of lesson 8: the masks are kept, so that nothing is said twice.
import { EPOLLIN, EPOLLOUT, epoll } from 'fdselect';

export class Interest {
  set = epoll();
  #masks = new Map();

  want(fd, { read, write }) {
    const events = (read ? EPOLLIN : 0) | (write ? EPOLLOUT : 0);
    const before = this.#masks.get(fd) ?? 0;
    if (events === before) return;
    if (before === 0) this.set.register(fd, events);
    else if (events === 0) this.set.unregister(fd);
    else this.set.modify(fd, events);
    if (events === 0) this.#masks.delete(fd);
    else this.#masks.set(fd, events);
  }
}
