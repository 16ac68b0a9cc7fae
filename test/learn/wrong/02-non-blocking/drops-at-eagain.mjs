// it says that nothing is left, but the kernel took a part only
export function sendAll(socket, bytes) {
  let rest = bytes;
  while (rest.length > 0) {
    const taken = socket.trySend(rest);
    if (taken === null) return new Uint8Array(0);
    rest = rest.subarray(taken);
  }
  return rest;
}
