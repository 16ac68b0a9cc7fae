// one fd was registered 20 times
import { POLLERR, POLLHUP, POLLIN, POLLOUT, poll } from 'fdselect';
export class Waiter {
  poller = poll();
  wanted = new Map();
  want(fd, { read, write }) {
    const events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
    if (events === 0) this.poller.unregister(fd);
    else this.poller.register(fd, events);
    this.wanted.set(fd, events);
  }
  waitOnce(milliseconds) {
    const readable = [];
    const writable = [];
    for (const [fd, events] of this.poller.poll(milliseconds)) {
      if (this.wanted.get(fd) & POLLIN && events & (POLLIN | POLLHUP)) readable.push(fd);
      if (events & (POLLOUT | POLLERR)) writable.push(fd);
    }
    return { readable, writable };
  }
}
