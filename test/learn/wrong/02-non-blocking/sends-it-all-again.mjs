// is not the one that was sent
export function sendAll(socket, bytes) {
  const taken = socket.trySend(bytes);
  if (taken === null || taken === bytes.length) return bytes.subarray(taken ?? 0);
  return Buffer.concat([bytes.subarray(taken - 1)]);
}
