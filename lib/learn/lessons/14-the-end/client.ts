/** The client of the exercise, in a thread of its own: sends a line, reads to the end, closes. */
import { existsSync, readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { createConnection } from 'fdselect/socket';
import { readToEnd } from '../../course/proof.js';

const socket = createConnection(workerData);
socket.send('a line that may stay unread\n');
untilServerSleeps();
const { bytes, end } = readToEnd(socket);
socket.close();
parentPort?.postMessage(`${bytes} bytes, then ${end}`);

/**
 * Waits until the main thread has closed the socket, or waits for this client: a reset must be here
 * before the first byte is read. Without /proc it reads at once, and a reset may come too late.
 */
function untilServerSleeps(): void {
  const stat = `/proc/self/task/${process.pid}/stat`;
  if (!existsSync(stat)) return;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let asleep = 0; asleep < 5; Atomics.wait(pause, 0, 0, 1)) {
    asleep = / S /.test(readFileSync(stat, 'utf8')) ? asleep + 1 : 0;
  }
}
