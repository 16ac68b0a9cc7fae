// threw EAGAIN
export function sendAll(socket, bytes) {
  return bytes.subarray(socket.send(bytes));
}
