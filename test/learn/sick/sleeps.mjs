// Never sleeps, for eight reasons. Each wait is made ten times, and nothing is done about its answer.
import { POLLIN, POLLOUT, POLLPRI, poll, Waker } from 'fdselect';
import { close, dup, pipe } from 'fdselect/os';
import { createConnection, createServer, MSG_OOB, socketpair } from 'fdselect/socket';

function spin(fd, events, act = () => {}) {
  const poller = poll();
  poller.register(fd, events);
  for (let i = 0; i < 10; i++) {
    poller.poll(1000);
    act();
  }
  poller.unregister(fd);
}

const [own, peer] = socketpair();
spin(own, POLLIN | POLLOUT); // writable, and nothing to send
peer.close();
spin(own, POLLIN, () => own.recv(9)); // the end, read again and again
own.close();

const [reader, writer] = pipe();
close(writer);
spin(reader, 0); // HUP comes unasked
close(reader);

const waker = new Waker();
waker.wake();
spin(waker, POLLIN);
waker.close();

const listener = createServer(['127.0.0.1', 0]);
const client = createConnection(listener.getsockname());
const [server] = listener.accept();
client.send('!', MSG_OOB);
spin(server, POLLPRI);
server.close();
client.close();

const waiting = createConnection(listener.getsockname());
const taken = [];
try {
  for (;;) taken.push(dup(0));
} catch {
  // no number is left
}
spin(listener, POLLIN, () => {
  try {
    listener.accept();
  } catch {
    // EMFILE
  }
});
for (const fd of taken) close(fd);
waiting.close();
listener.close();

const [asking, silent] = socketpair();
asking.setblocking(false);
// No wait at all. A process that gets little CPU has pauses in between.
for (let i = 0; i < 5000; i++) asking.tryRecvInto(Buffer.alloc(9));
silent.close();
asking.close();

const end = performance.now() + 30;
const nothing = poll();
// A timeout that was rounded down. Also a process that gets little CPU makes many such waits.
for (let i = 0; i < 2000 || performance.now() < end; i++) nothing.poll(0);
