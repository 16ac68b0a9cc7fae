/** Lesson 14: how a connection ends, and what an end in a hurry loses. */
import { POLLHUP, POLLIN, POLLRDHUP, poll } from 'fdselect';
import { createConnection, createServer, SHUT_WR, type Socket } from 'fdselect/socket';

const run = process.argv[2] ?? 'events';

const listener = createServer(['127.0.0.1', 0]);
const client = createConnection(listener.getsockname());
const [server] = listener.accept();

function eventsOf(socket: Socket): string {
  const poller = poll();
  poller.register(socket, POLLIN | POLLRDHUP);
  const [[, events] = [0, 0]] = poller.poll(100);
  const names = { IN: POLLIN, RDHUP: POLLRDHUP, HUP: POLLHUP };
  const found = Object.entries(names).filter(([, bit]) => (events & bit) !== 0);
  return found.map(([name]) => name).join(' ') || 'nothing';
}

/** Sends until the kernel takes no more. Gives the number of bytes. */
function fill(socket: Socket): number {
  const chunk = Buffer.alloc(65536);
  socket.setblocking(false);
  let sent = 0;
  for (let size = 0; size !== null; size = socket.trySend(chunk) as number) sent += size;
  return sent;
}

function readToEnd(socket: Socket): [bytes: number, end: string] {
  let bytes = 0;
  try {
    for (;;) {
      const { length } = socket.recv(65536);
      if (length === 0) return [bytes, 'end of file'];
      bytes += length;
    }
  } catch (error) {
    return [bytes, (error as { code: string }).code];
  }
}

if (run === 'events') {
  console.log(`both open:              ${eventsOf(server)}`);
  client.shutdown(SHUT_WR);
  console.log(`the client has ended:   ${eventsOf(server)}`);
  server.shutdown(SHUT_WR);
  console.log(`the server has, too:    ${eventsOf(server)}`);
}

if (run === 'rude') {
  client.send('a line that the server does not read');
  const sent = fill(server);
  server.close(); // the bug: input is unread
  const [bytes, end] = readToEnd(client);
  console.log(`the client got ${bytes < sent ? 'less than' : 'all'} the server sent, then ${end}`);
}

if (run === 'polite') {
  client.send('a line that the server does not read');
  const sent = fill(server);
  server.shutdown(SHUT_WR); // "no more from me", after all that was sent
  const [bytes, end] = readToEnd(client);
  client.close();
  server.setblocking(true);
  readToEnd(server); // throws the input away until the client has ended as well
  server.close();
  console.log(`the client got ${bytes < sent ? 'less than' : 'all'} the server sent, then ${end}`);
}
