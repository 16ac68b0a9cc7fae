// Reads a talker that is never silent, while another one waits.
import { POLLIN, poll } from 'fdselect';
import { socketpair } from 'fdselect/socket';

const [[talker, a], [quiet, b]] = [socketpair(), socketpair()];
const poller = poll();
for (const socket of [a, b]) poller.register(socket, POLLIN);
talker.send('x');
quiet.send('?');
poller.poll(1000);
for (let i = 0; i < 200; i++) {
  a.recv(100);
  talker.send('x');
}
b.recv(100);
for (const socket of [talker, a, quiet, b]) socket.close();
