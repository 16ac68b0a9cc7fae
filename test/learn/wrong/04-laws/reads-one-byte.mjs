// calls of recv(), and
import { select } from 'fdselect';

export function serve(listener, milliseconds) {
  const clients = new Set();
  const rest = new Map();
  const end = performance.now() + milliseconds;
  const counts = { waits: 0, receives: 0 };
  while (performance.now() < end) {
    const left = Math.max(0, (end - performance.now()) / 1000);
    // Law 3: for writing only where there is something to write.
    const writers = [...clients].filter((client) => rest.get(client).length > 0);
    const [readable, writable] = select([listener, ...clients], writers, [], left);
    counts.waits++;
    // Law 4: all that are ready.
    for (const socket of readable) {
      if (socket === listener) {
        const accepted = listener.tryAccept();
        if (accepted === null) continue;
        const [client] = accepted;
        client.setblocking(false);
        clients.add(client);
        rest.set(client, Buffer.alloc(0));
        continue;
      }
      // Law 6: with a large buffer.
      const bytes = socket.recv(1);
      counts.receives++;
      if (bytes.length > 0) {
        rest.set(socket, Buffer.concat([rest.get(socket), bytes]));
      } else {
        // Law 9: what has ended is not watched again.
        clients.delete(socket);
        rest.delete(socket);
        socket.close();
      }
    }
    for (const client of writable) {
      const bytes = rest.get(client);
      if (bytes === undefined) continue; // it was closed above
      // Law 5: keep what was not taken.
      const taken = client.trySend(bytes) ?? 0;
      rest.set(client, bytes.subarray(taken));
    }
  }
  for (const client of clients) client.close();
  return counts;
}
