// Exercise of lesson 11. forget() ends the watch of a client and closes its number. Sometimes the
// epoll goes on telling of a client that has gone. Mend it.

/** @param set an epoll; @param clients a Map from fd to client; @param close closes an fd */
export function forget(set, clients, fd, close) {
  close(fd);
  try {
    set.unregister(fd);
  } catch {
    // closing has taken it off
  }
  clients.delete(fd);
}
