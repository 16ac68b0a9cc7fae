/** The claims of lesson 15 about the kernel. */
import assert from 'node:assert/strict';
import { POLLIN, POLLPRI, select } from 'fdselect';
import { MSG_OOB } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { codeOf, countWaits, eventsOf, proof, tcp, until } from '../../course/proof.js';

export const claims = [
  claim(
    'oob-third-set',
    'An urgent byte puts the socket into the third set of `select`; poll says `POLLPRI`.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('!', MSG_OOB);
      until(server, POLLPRI);
      assert.deepEqual(select([], [], [server], 0)[2], [server]);
      assert.equal(eventsOf(server, POLLPRI), POLLPRI);
    }),
  ),
  claim(
    'oob-not-in',
    'An urgent byte alone does not make the socket readable: `recv` is `EAGAIN`.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('!', MSG_OOB);
      until(server, POLLPRI);
      assert.equal(eventsOf(server, POLLIN), 0);
      server.setblocking(false);
      assert.equal(
        codeOf(() => server.recv(10)),
        'EAGAIN',
      );
    }),
    'linux',
  ),
  claim(
    'oob-read-quiets',
    'When the urgent byte has been read, the third set is empty again.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('!', MSG_OOB);
      until(server, POLLPRI);
      assert.equal(String(server.recv(1, MSG_OOB)), '!');
      assert.equal(eventsOf(server, POLLPRI), 0);
    }),
  ),
  claim(
    'oob-stops-at-mark',
    'A normal `recv` stops at the place where the urgent byte was sent, however many bytes follow.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('before');
      client.send('!', MSG_OOB);
      client.send('after');
      until(server, POLLPRI);
      assert.equal(String(server.recv(100)), 'before');
    }),
  ),
  claim(
    'oob-lost',
    'A normal `recv` that goes past that place loses the urgent byte: `recv` with `MSG_OOB` is `EINVAL`.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('before');
      client.send('!', MSG_OOB);
      client.send('after');
      until(server, POLLPRI);
      server.recv(100);
      assert.equal(String(server.recv(100)), 'after');
      assert.equal(
        codeOf(() => server.recv(1, MSG_OOB)),
        'EINVAL',
      );
    }),
    'linux',
  ),
  claim(
    'oob-lost-by-eagain',
    'A normal `recv` that answers `EAGAIN` because nothing but the urgent byte is there has gone past it as well.',
    proof((own) => {
      const [client, server] = tcp(own);
      client.send('!', MSG_OOB);
      until(server, POLLPRI);
      server.setblocking(false);
      assert.equal(
        codeOf(() => server.recv(10)),
        'EAGAIN',
      );
      assert.equal(
        codeOf(() => server.recv(1, MSG_OOB)),
        'EINVAL',
      );
    }),
    'linux',
  ),
  claim(
    'oob-spins',
    'An urgent byte that is not read ends every wait for `POLLPRI` at once.',
    proof((own) => {
      const [client, server] = tcp(own);
      assert.equal(countWaits(server, POLLPRI), 1);
      client.send('!', MSG_OOB);
      until(server, POLLPRI);
      const count = countWaits(server, POLLPRI);
      assert.ok(count > 100, `${count} waits`);
    }),
  ),
];
