/** The client of the exercise, in a thread of its own: sends a line, reads to the end, closes. */
import { parentPort, workerData } from 'node:worker_threads';
import { createConnection } from 'fdselect/socket';
import { readToEnd } from '../../proof.js';

const socket = createConnection(workerData);
socket.send('a line that may stay unread\n');
// So that the line has arrived before the server closes.
const { bytes, end } = readToEnd(socket);
socket.close();
parentPort?.postMessage(`${bytes} bytes, then ${end}`);
