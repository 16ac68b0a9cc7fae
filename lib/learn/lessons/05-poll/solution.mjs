// Solution of lesson 5.
import { POLLERR, POLLHUP, POLLIN, POLLOUT, poll } from 'fdselect';

export class Waiter {
  #poller = poll();
  #registered = new Map(); // fd -> events

  want(fd, { read, write }) {
    const events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
    if ((this.#registered.get(fd) ?? 0) === events) return;
    if (events === 0) {
      // Not register(fd, 0): HUP would come all the same.
      this.#poller.unregister(fd);
      this.#registered.delete(fd);
    } else {
      this.#poller.register(fd, events);
      this.#registered.set(fd, events);
    }
  }

  waitOnce(milliseconds) {
    const readable = [];
    const writable = [];
    for (const [fd, events] of this.#poller.poll(milliseconds)) {
      const wanted = this.#registered.get(fd);
      if (wanted & POLLIN && events & (POLLIN | POLLHUP | POLLERR)) readable.push(fd);
      if (wanted & POLLOUT && events & (POLLOUT | POLLERR)) writable.push(fd);
    }
    return { readable, writable };
  }
}
