// Solution of lesson 11: off the list while the number still stands for the file.
export function forget(set, clients, fd, close) {
  set.unregister(fd);
  clients.delete(fd);
  close(fd);
}
