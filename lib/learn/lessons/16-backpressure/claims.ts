/** The claims of lesson 16 about the kernel. */
import assert from 'node:assert/strict';
import { POLLIN, POLLOUT } from 'fdselect';
import { socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { countWaits, eventsOf, fill, proof, tcp } from '../../course/proof.js';

export const claims = [
  claim(
    'pressure-out-spins',
    'To wait for `POLLOUT` with nothing to send is a busy loop; to wait for `POLLIN` alone is one wait.',
    proof((own) => {
      const [, server] = own(socketpair());
      assert.equal(countWaits(server, POLLIN), 1);
      const count = countWaits(server, POLLIN | POLLOUT);
      assert.ok(count > 100, `${count} waits`);
    }),
  ),
  claim(
    'pressure-kernel-takes-part',
    'Of 6.5 MB for a client that never reads, the kernel takes less than a third. The program has to keep the rest, or refuse it.',
    proof((own) => {
      const [, server] = own(socketpair());
      server.setblocking(false);
      let taken = 0;
      for (let i = 0; i < 100; i++) taken += server.trySend(Buffer.alloc(65536)) ?? 0;
      assert.ok(taken > 0 && taken < (100 * 65536) / 3, `${taken} bytes`);
    }),
  ),
  claim(
    'pressure-full-is-not-out',
    'A socket whose buffer is full is not writable, and a wait for it sleeps.',
    proof((own) => {
      const [, server] = own(socketpair());
      fill(server);
      assert.equal(eventsOf(server, POLLOUT), 0);
      assert.equal(countWaits(server, POLLOUT), 1);
    }),
  ),
  claim(
    'pressure-out-comes-late',
    'A full socket does not become writable again with the first byte that is read, but when a good part of its buffer is free.',
    proof((own) => {
      const [client, server] = own(socketpair());
      const sent = fill(server, Buffer.alloc(1024));
      let freed = 0;
      while (eventsOf(server, POLLOUT) === 0) freed += client.recv(1024).length;
      assert.ok(freed > 1024 && freed <= sent, `${freed} of ${sent} bytes`);
    }),
    'linux',
  ),
  claim(
    'pressure-peer-stops',
    'A program that does not read makes its sender wait: both buffers fill, then `send` is `EAGAIN`. Nothing is lost.',
    proof((own) => {
      const [client, server] = tcp(own);
      const sent = fill(client);
      client.shutdown(1);
      let got = 0;
      for (let size = 1; size > 0; got += size) size = server.recv(65536).length;
      assert.equal(got, sent);
    }),
  ),
];
