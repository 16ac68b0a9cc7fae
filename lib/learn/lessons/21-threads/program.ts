/** Lesson 21: one thread sleeps in a wait, another one wants it to wake up. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { POLLIN, poll, Waker } from 'fdselect';
import { close, pipe } from 'fdselect/os';

const run = isMainThread ? (process.argv[2] ?? 'closed') : 'other thread';

/** The program of the other thread: first it gives the main thread time to fall asleep. */
if (run === 'other thread') {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  if (workerData.close !== undefined) close(workerData.close);
  if (workerData.wake !== undefined) {
    const waker = Waker.fromfd(workerData.wake); // a duplicate: closing it leaves the other open
    for (let i = 0; i < 3; i++) waker.wake();
    waker.close();
  }
}

const startThread = (data: object) => new Worker(new URL(import.meta.url), { workerData: data });

if (run === 'closed') {
  const [reader, writer] = pipe();
  const poller = poll();
  poller.register(reader, POLLIN);
  startThread({ close: reader }); // the bug: "when I close it, the wait will end"
  const began = performance.now();
  poller.poll(1000);
  const took = performance.now() - began;
  console.log(`the wait of 1 s took ${took >= 1000 ? 'all of it' : 'less'}`);
  close(writer);
}

if (run === 'waker') {
  const waker = new Waker();
  const poller = poll();
  poller.register(waker, POLLIN);
  startThread({ wake: waker.fileno() });
  console.log(`events: ${poller.poll(60_000).length}`);
  waker.clear(); // first clear, then look at what was sent
  waker.close();
}
