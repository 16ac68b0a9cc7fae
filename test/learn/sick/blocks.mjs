// Reads once too often from a socket that sleeps, while another one has something.
import { POLLIN, poll } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const [[talker, a], [quiet, b]] = [socketpair(), socketpair()];
const poller = poll();
for (const socket of [a, b]) poller.register(socket, POLLIN);
a.settimeout(0.05);
talker.send('x');
quiet.send('?');
poller.poll(1000);
a.recv(100);
try {
  a.recv(100); // nothing more has come
} catch {
  // the time is over
}
b.recv(100);
for (const socket of [talker, a, quiet, b]) socket.close();
