// a call blocks
export function finish(server, goodbye) {
  server.sendall(goodbye);
  while (server.recv(65536).length > 0);
  server.close();
}
