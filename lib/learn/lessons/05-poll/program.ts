/** Lesson 5: an echo server on poll(), and what `events` of 0 does not do. */
import { POLLHUP, POLLIN, POLLNVAL, POLLOUT, poll } from 'fdselect';
import { close, pipe } from 'fdselect/os';
import { createConnection, createServer, type Socket } from 'fdselect/socket';

const run = process.argv[2] ?? 'echo';

function echo(): void {
  const listener = createServer(['127.0.0.1', 0]);
  const poller = poll();
  const clients = new Map<number, Socket>();
  poller.register(listener, POLLIN);

  /** Waits once and serves all that are ready. */
  function turn(): void {
    for (const [fd, events] of poller.poll(200)) {
      if (fd === listener.fileno()) {
        const [client] = listener.accept();
        clients.set(client.fileno(), client);
        poller.register(client, POLLIN);
        console.log('  server: a client connected');
        continue;
      }
      const client = clients.get(fd) as Socket;
      const bytes = events & POLLIN ? client.recv(8192) : Buffer.alloc(0);
      if (bytes.length > 0) {
        client.sendall(bytes);
        continue;
      }
      console.log('  server: a client left');
      poller.unregister(client);
      clients.delete(fd);
      client.close();
    }
  }

  const client = createConnection(listener.getsockname());
  turn();
  client.send('hello');
  turn();
  console.log(`client: got ${client.recv(99)}`);
  client.close();
  turn();
  turn();
  console.log(`the server still watches ${clients.size} clients and the listener`);
  listener.close();
}

/** Watching for nothing is not the same as not watching. */
function silent(): void {
  const [reader, writer] = pipe();
  close(writer);
  const poller = poll();
  poller.register(reader, 0);
  const [[, events = 0] = []] = poller.poll(0);
  console.log(`asked for nothing, the writer has gone: HUP ${(events & POLLHUP) !== 0}`);
  poller.unregister(reader);
  console.log(`unregistered: ${poller.poll(0).length} answers`);
  close(reader);
}

/** A closed number does not spoil the answer for the others. */
function closed(): void {
  const [reader, writer] = pipe();
  const [gone, other] = pipe();
  const poller = poll();
  poller.register(gone, POLLIN);
  poller.register(writer, POLLOUT);
  close(gone);
  for (const [fd, events] of poller.poll(0)) {
    const name = fd === gone ? 'the closed one' : 'the writer';
    console.log(`${name}: ${events & POLLNVAL ? 'NVAL' : events & POLLOUT ? 'OUT' : events}`);
  }
  for (const fd of [reader, writer, other]) close(fd);
}

if (run === 'echo') echo();
if (run === 'silent') silent();
if (run === 'closed') closed();
