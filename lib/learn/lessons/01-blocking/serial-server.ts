/** The serial server of lesson 1 in a worker: one client after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { AF_INET, SOCK_STREAM, socket } from 'fdselect/socket';

const listener = socket(AF_INET, SOCK_STREAM, 0, workerData.fd);
parentPort?.postMessage('ready');
for (;;) {
  const [client] = listener.accept();
  for (let data = client.recv(100); data.length > 0; data = client.recv(100)) client.sendall(data);
  client.close();
}
