/** Lesson 1: a server that serves one client after the other, and two clients. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { select } from 'fdselect';
import { AF_INET, createConnection, createServer, SOCK_STREAM, socket } from 'fdselect/socket';

const run = process.argv[2] ?? 'serial';

/** The server. Each of its three calls can put the thread to sleep. */
function serve(fd: number): void {
  const listener = socket(AF_INET, SOCK_STREAM, 0, fd);
  for (;;) {
    const [client] = listener.accept(); // sleeps until a client connects
    for (;;) {
      const data = client.recv(100); // sleeps until this one client says something
      if (data.length === 0) break; // it has closed its end
      client.sendall(data); // sleeps while the client does not read
    }
    client.close();
  }
}

async function serial(): Promise<void> {
  const listener = createServer(['127.0.0.1', 0]);
  const address = listener.getsockname();
  // The thread owns the listener from here on, and closes it with its end.
  const server = new Worker(new URL(import.meta.url), { workerData: listener.detach() });
  const first = createConnection(address);
  first.sendall('first');
  console.log(`the first client got its answer:  ${first.recv(100)}`);

  const second = createConnection(address);
  second.sendall('second');
  const [ready] = select([second], [], [], 0.2);
  console.log(`the second, after 200 ms:         ${ready.length === 0 ? 'nothing' : 'an answer'}`);

  first.close();
  console.log(`the second, once the first left:  ${second.recv(100)}`);
  second.close();
  await server.terminate();
}

/** No server at all: the listener exists, and nothing ever calls accept(). */
function queue(): void {
  const listener = createServer(['127.0.0.1', 0]);
  const client = createConnection(listener.getsockname());
  client.sendall('is anyone there?');
  console.log('connected, and 16 bytes were sent; accept() was not called yet');
  const [accepted] = listener.accept();
  console.log(`accept(), recv(): ${accepted.recv(100)}`);
  for (const socket of [client, accepted, listener]) socket.close();
}

if (!isMainThread) serve(workerData);
else if (run === 'queue') queue();
else await serial();
