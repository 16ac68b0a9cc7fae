/** Lesson 17: one client that never stops talking, and the one behind it. */
import { POLLIN, poll } from 'fdselect';
import { type Socket, socketpair } from 'fdselect/socket';

const run = process.argv[2] ?? 'drain';

const [talker, talkerServer] = socketpair();
const [quiet, quietServer] = socketpair();
for (const socket of [talker, talkerServer, quiet, quietServer]) socket.setblocking(false);

const chunk = Buffer.alloc(4096);
const buffer = Buffer.alloc(4096);
const poller = poll();
poller.register(talkerServer, POLLIN);
poller.register(quietServer, POLLIN);

let reads = 0;
talker.send(chunk);
quiet.send('?');

/** One read. A quick talker has sent the next chunk before the server asks again. */
function readOnce(socket: Socket): boolean {
  const size = socket.tryRecvInto(buffer);
  if (size === null) return false;
  if (socket === talkerServer && ++reads < 5000) talker.send(chunk);
  return true;
}

/** Serves what is ready, in the order of the answer, until the quiet client has had its turn. */
function serve(readsPerTurn: number): void {
  for (;;) {
    for (const [fd] of poller.poll(0)) {
      const socket = fd === quietServer.fileno() ? quietServer : talkerServer;
      for (let i = 0; i < readsPerTurn && readOnce(socket); i++);
      if (socket !== quietServer) continue;
      console.log(`the talker was read ${reads} times before the quiet client`);
      return;
    }
  }
}

if (run === 'drain') {
  serve(Number.POSITIVE_INFINITY); // the bug: "read until EAGAIN"
}

if (run === 'budget') {
  serve(16);
}
