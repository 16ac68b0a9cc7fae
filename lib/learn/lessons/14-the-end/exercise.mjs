// Exercise of lesson 14. The client never sees the whole goodbye when it has sent something itself.
// Mend finish: the client must get all bytes and then the end of file, and `server` must be closed.
// `server` is a blocking socket. The client sends a line, reads to the end, and then closes.
export function finish(server, goodbye) {
  server.sendall(goodbye);
  server.close();
}
