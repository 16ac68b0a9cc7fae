// EBADF
export function forget(set, clients, fd, close) {
  set.unregister(fd);
  close(fd);
  clients.delete(fd);
  close(fd);
}
