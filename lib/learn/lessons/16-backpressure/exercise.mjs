// Exercise of lesson 16. Sends bytes to all clients of a chat. What the kernel does not take is lost.
// Mend it: keep the rest for each client, in order. A client with more than 1 MiB waiting is dropped:
// close its socket and take it out of the set.
export const LIMIT = 1 << 20;

/** `socket`: non-blocking. */
export function makeClient(socket) {
  return { socket };
}

/** Sends to each client of the Set, or keeps for it. */
export function broadcast(clients, bytes) {
  for (const client of clients) client.socket.trySend(bytes);
}

/** Called when a client's socket is writable. */
export function flush(_client) {}

/** Whether to wait for the client's socket to be writable. */
export function wantsWrite(_client) {
  return true;
}
