// Exercise of lesson 2. The kernel may take a part of the bytes, or nothing (EAGAIN).
// Mend sendAll: it sends what it can without sleeping, and returns the bytes that are left.
// The caller keeps them and calls it again with them when there is room.

/** @returns the bytes that the kernel did not take: a Uint8Array, empty when all went out */
export function sendAll(socket, bytes) {
  socket.send(bytes);
  return new Uint8Array(0);
}
