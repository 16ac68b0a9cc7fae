/** The claims of lesson 14 about the kernel. */
import assert from 'node:assert/strict';
import { POLLHUP, POLLIN, POLLRDHUP } from 'fdselect';
import {
  createConnection,
  createServer,
  SHUT_WR,
  SO_LINGER,
  SOL_SOCKET,
  socketpair,
} from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { codeOf, eventsOf, fill, proof, readToEnd, tcp, until } from '../../course/proof.js';

export const claims = [
  claim(
    'end-fin',
    'When the peer has ended its direction, the socket is `IN` and `RDHUP`, but not `HUP`: it may still be written to.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.shutdown(SHUT_WR);
      until(server);
      assert.equal(eventsOf(server, POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
    }),
    'linux',
  ),
  claim(
    'end-both',
    '`HUP` comes when both directions have ended.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.shutdown(SHUT_WR);
      server.shutdown(SHUT_WR);
      until(server, POLLHUP);
      assert.ok(eventsOf(server, 0) & POLLHUP);
    }),
  ),
  claim(
    'end-half-close',
    'After `shutdown(SHUT_WR)` an answer still arrives.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('question');
      client.shutdown(SHUT_WR);
      assert.equal(String(server.recv(99)), 'question');
      assert.equal(server.recv(99).length, 0);
      server.send('answer');
      assert.equal(String(client.recv(99)), 'answer');
    }),
  ),
  claim(
    'end-epipe',
    'To send to a socket pair whose other end is closed is `EPIPE`.',
    proof((own) => {
      const [a, b] = own(socketpair());
      b.close();
      assert.equal(
        codeOf(() => a.send('x')),
        'EPIPE',
      );
    }),
  ),
  claim(
    'end-reset-before-accept',
    'A connection that was reset before `accept` is accepted all the same; its `recv` is `ECONNRESET`.',
    proof((own) => {
      const listener = own(createServer(['127.0.0.1', 0]));
      const client = own(createConnection(listener.getsockname()));
      client.setsockopt(SOL_SOCKET, SO_LINGER, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
      client.close();
      until(listener);
      const server = own(listener.accept()[0]);
      assert.equal(
        codeOf(() => server.recv(1)),
        'ECONNRESET',
      );
    }),
    'linux',
  ),
  claim(
    'end-unread-resets',
    'To close a TCP socket with unread input sends a reset: the peer reads what it has, then gets `ECONNRESET` and not the end of file.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('unread');
      until(server);
      server.send(Buffer.alloc(30_000));
      until(client);
      server.close();
      assert.deepEqual(readToEnd(client), { bytes: 30_000, end: 'ECONNRESET' });
    }),
    'linux',
  ),
  claim(
    'end-unread-loses',
    'What was still in the send buffer of the one that closed so is lost.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('unread');
      until(server);
      const sent = fill(server);
      server.close();
      const { bytes, end } = readToEnd(client);
      assert.ok(bytes < sent, `${bytes} of ${sent} bytes arrived`);
      assert.equal(end, 'ECONNRESET');
    }),
    'linux',
  ),
  claim(
    'end-linger-keeps',
    '`shutdown`, then reading until the peer has ended, then `close`: nothing is lost.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('unread');
      const sent = fill(server);
      server.shutdown(SHUT_WR);
      assert.deepEqual(readToEnd(client), { bytes: sent, end: 'end of file' });
      client.close();
      server.setblocking(true);
      assert.deepEqual(readToEnd(server), { bytes: 6, end: 'end of file' });
    }),
  ),
];
