// this wait would never sleep
const LIMIT = 1 << 20;
export const makeClient = (socket) => ({ socket, queue: [], size: 0 });
export function broadcast(clients, bytes) {
  for (const client of clients) {
    client.queue.push(bytes);
    client.size += bytes.length;
    flush(client);
    if (client.size <= LIMIT) continue;
    client.socket.close();
    clients.delete(client);
  }
}
export function flush(client) {
  while (client.queue.length > 0) {
    const sent = client.socket.trySend(client.queue[0]);
    if (sent === null) return;
    client.size -= sent;
    if (sent === client.queue[0].length) client.queue.shift();
    else client.queue[0] = client.queue[0].subarray(sent);
  }
}
export const wantsWrite = (_client) => true;
