/** The client of lesson 9's checker, in a worker: sends messages, each after the answer before. */
import { parentPort, workerData } from 'node:worker_threads';
import { AF_UNIX, SOCK_STREAM, socket } from 'fdselect/socket';

const { fd, messages } = workerData as { fd: number; messages: string[] };
const own = socket(AF_UNIX, SOCK_STREAM, 0, fd);
parentPort?.postMessage('ready');
own.settimeout(0.3);
let answer = '';
let expected = 0;
try {
  for (const message of messages) {
    own.sendall(message);
    expected += message.length;
    while (answer.length < expected) {
      const bytes = own.recv(4096);
      if (bytes.length === 0) break;
      answer += bytes;
    }
  }
} catch {
  // no answer for 300 ms: reports the received bytes
}
own.close();
parentPort?.postMessage(answer);
