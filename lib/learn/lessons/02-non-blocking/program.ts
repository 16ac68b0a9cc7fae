/** Lesson 2: calls that say "not now", a loop that asks all the time, and one that waits. */
import { select } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const run = process.argv[2] ?? 'eagain';

/** How much of a CPU was used since `before`, of that many milliseconds. */
function cpu(before: NodeJS.CpuUsage, milliseconds: number): string {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 > milliseconds / 10 ? 'a lot of CPU time' : 'next to no CPU time';
}

if (run === 'eagain') {
  const [peer, own] = socketpair();
  own.setblocking(false);
  try {
    own.recv(100);
  } catch (error) {
    console.log(`recv() with nothing there: ${(error as NodeJS.ErrnoException).code}`);
  }
  peer.send('hello');
  console.log(`recv() with something there: ${own.recv(100)}`);
}

if (run === 'busy') {
  const [, own] = socketpair();
  own.setblocking(false);
  const buffer = Buffer.alloc(100);
  const before = process.cpuUsage();
  const end = performance.now() + 200;
  let empty = 0;
  // A busy machine may give it little of the 200 ms.
  while (performance.now() < end || empty < 200_000) {
    if (own.tryRecvInto(buffer) === null) empty++; // null: the kernel said EAGAIN
  }
  const often = empty > 1000 ? 'more than 1000 times' : 'a few times';
  console.log(`asked ${often} for nothing: ${cpu(before, 200)}`);
}

if (run === 'wait') {
  const [, own] = socketpair();
  const before = process.cpuUsage();
  const [ready] = select([own], [], [], 0.2);
  console.log(`asked once, ${ready.length} ready: ${cpu(before, 200)}`);
}

if (run === 'part') {
  const [own, peer] = socketpair();
  own.setblocking(false);
  const message = Buffer.alloc(1 << 20);
  const taken = own.send(message);
  console.log(`send() took all of it: ${taken === message.length}; some of it: ${taken > 0}`);
  console.log(`at once again: ${own.trySend(message, taken) ?? 'EAGAIN'}`);
  peer.close();
}
