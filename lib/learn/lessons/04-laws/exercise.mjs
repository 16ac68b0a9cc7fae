// Exercise of lesson 4. This echo server breaks five laws of select_tut(2). Find and mend them.
// serve() runs until its time is over; `listener` is a listening, non-blocking socket.
import { select } from 'fdselect';

/** @param milliseconds how long it serves */
export function serve(listener, milliseconds) {
  const clients = new Set();
  const rest = new Map(); // client -> bytes that were not sent yet
  const end = performance.now() + milliseconds;
  const counts = { waits: 0, receives: 0 };
  while (performance.now() < end) {
    const left = Math.max(0, (end - performance.now()) / 1000);
    const [readable, writable] = select([listener, ...clients], [...clients], [], left);
    counts.waits++;
    const [socket] = readable; // the first one that is ready
    if (socket === listener) {
      const [client] = listener.accept();
      client.setblocking(false);
      clients.add(client);
      rest.set(client, []);
    } else if (socket !== undefined) {
      const bytes = socket.recv(1);
      counts.receives++;
      if (bytes.length > 0) rest.get(socket).push(bytes);
    }
    for (const client of writable) {
      const all = Buffer.concat(rest.get(client));
      if (all.length > 0) client.send(all);
      rest.set(client, []);
    }
  }
  for (const client of clients) client.close();
  return counts;
}
