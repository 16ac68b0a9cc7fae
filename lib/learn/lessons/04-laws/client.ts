/** The clients of lesson 4's checker, in a worker: they say what they saw. */
import { parentPort, workerData } from 'node:worker_threads';
import { createConnection, type Socket } from 'fdselect/socket';

const { address, play } = workerData as { address: [string, number]; play: string };
const connect = () => {
  const client = createConnection(address);
  client.settimeout(0.4);
  return client;
};
const answer = (client: Socket, size: number) => {
  let got = 0;
  try {
    while (got < size) {
      const bytes = client.recv(65536);
      if (bytes.length === 0) break;
      got += bytes.length;
    }
  } catch {
    // nothing more in 400 ms
  }
  return got;
};

parentPort?.postMessage('ready');
if (play === 'echo') {
  const client = connect();
  client.sendall('x'.repeat(2000));
  parentPort?.postMessage(answer(client, 2000));
  setInterval(() => client, 60_000); // stays connected until the check ends the thread
} else if (play === 'large') {
  const client = connect();
  const message = Buffer.alloc(300_000, 'x');
  client.setblocking(false);
  let sent = 0;
  let got = 0;
  const buffer = Buffer.alloc(1000);
  const end = performance.now() + 700;
  // Sends all it can before it reads: the server's answers fill its socket.
  while (got < message.length && performance.now() < end) {
    sent += client.trySend(message, sent) ?? 0;
    if (sent === message.length || performance.now() > end - 500) {
      got += client.tryRecvInto(buffer) ?? 0;
    }
  }
  parentPort?.postMessage(got);
} else if (play === 'leave') {
  const client = connect();
  client.sendall('x');
  answer(client, 1);
  client.close();
  parentPort?.postMessage(0);
}
