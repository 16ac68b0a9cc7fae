/** Lesson 4: three of the laws of select_tut(2), broken on purpose. */
import { POLLIN, poll, select } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const run = process.argv[2] ?? 'end';

/** How many waits end in 100 ms. */
function waits(wait: (milliseconds: number) => unknown[]): string {
  const end = performance.now() + 100;
  let count = 0;
  // More than 100 are enough, also if this process gets no CPU for a while.
  for (let left = 100; left > 0 || count <= 100; left = end - performance.now()) {
    count++;
    if (wait(Math.max(left, 1)).length === 0) break; // it has slept
  }
  return count > 100 ? 'more than 100' : String(count);
}

if (run === 'end') {
  const [peer, own] = socketpair();
  peer.close();
  const watched = poll();
  watched.register(own, POLLIN);
  console.log(`waits in 100 ms with an ended peer:      ${waits((left) => watched.poll(left))}`);
  watched.unregister(own);
  console.log(`the same, once it is not watched:        ${waits((left) => watched.poll(left))}`);
}

if (run === 'zero') {
  const [peer, own] = socketpair();
  own.setblocking(false);
  const none = own.tryRecvInto(Buffer.alloc(0));
  console.log(`recv() with a buffer of 0 bytes, open and empty socket: ${none}`);
  peer.close();
  const end = own.tryRecvInto(Buffer.alloc(10));
  console.log(`recv() with a buffer of 10 bytes, the peer has ended:   ${end}`);
}

if (run === 'unwanted') {
  const [peer, own] = socketpair();
  const [other, third] = socketpair();
  peer.send('something that nothing reads');
  const before = performance.now();
  const [ready] = select([own, third], [], [], 0.2);
  const slept = performance.now() - before > 100;
  console.log(`waited for the quiet one; slept: ${slept}; ready: ${ready.length} (the other one)`);
  other.close();
}
