// Forgets a connection that has ended, and another one that it has accepted.
import { POLLIN, poll } from 'fdselect';
import { createConnection, createServer } from 'fdselect/socket';

const listener = createServer(['127.0.0.1', 0]);
const clients = [0, 1].map(() => createConnection(listener.getsockname()));
const [[first]] = [listener.accept(), listener.accept()];
clients[0].close();
first.recv(9);
const poller = poll();
poller.register(listener, POLLIN);
for (let i = 0; i < 5; i++) poller.poll(1);
clients[1].close();
listener.close();
