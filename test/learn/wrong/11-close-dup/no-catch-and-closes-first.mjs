// EBADF
export function forget(set, clients, fd, close) {
  close(fd);
  set.unregister(fd);
  clients.delete(fd);
}
