/** A thread that makes file descriptors ready at a known moment, as another process would. */
import { parentPort, workerData } from 'node:worker_threads';
import { Socket } from 'fdselect/socket';

/** What the measuring thread hands over. */
export interface WriterData {
  /** Each gets the time of the writing; they become ready together. */
  fds: number[];
  /** How many rounds the measuring thread is ready for. */
  rounds: SharedArrayBuffer;
}

/** Long enough for the measuring thread to be asleep. */
const PAUSE_NS = 100_000n;

const { fds, rounds } = workerData as WriterData;
const sockets = fds.map((fd) => Socket.fromfd(fd));
const asked = new Int32Array(rounds);
const stamp = new BigUint64Array(1);
parentPort?.postMessage('ready');
for (let done = 0; ; ) {
  Atomics.wait(asked, 0, done);
  done = Atomics.load(asked, 0);
  if (done < 0) break;
  // Not asleep: waking up would be measured as well.
  for (const start = process.hrtime.bigint(); process.hrtime.bigint() - start < PAUSE_NS; );
  stamp[0] = process.hrtime.bigint();
  for (const socket of sockets) socket.send(stamp);
}
for (const socket of sockets) socket.close();
