// /proc still shows an entry
export function forget(_set, clients, fd, close) {
  clients.delete(fd);
  close(fd);
}
