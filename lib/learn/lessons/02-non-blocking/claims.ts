/** The claims of lesson 2 about the kernel. */
import assert from 'node:assert/strict';
import { POLLIN, poll, select } from 'fdselect';
import { socketpair } from 'fdselect/socket';
import { claim } from '../../course/claim.js';
import { closeAll, cpuShare } from '../../course/kernel.js';

export const claims = [
  claim(
    'eagain-recv',
    '`recv` on a non-blocking socket with nothing to read fails at once with `EAGAIN`.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      assert.throws(() => own.recv(1), { code: 'EAGAIN' });
      peer.send('x');
      assert.equal(String(own.recv(1)), 'x');
      closeAll(peer, own);
    },
  ),

  claim(
    'eagain-send-part',
    '`send` on a non-blocking socket takes a part of a large message, and answers how much.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      const taken = own.send(Buffer.alloc(1 << 20));
      assert.ok(taken > 0 && taken < 1 << 20, `it took ${taken}`);
      closeAll(peer, own);
    },
  ),

  claim('eagain-send-full', '`send` fails with `EAGAIN` when there is no room at all.', () => {
    const [peer, own] = socketpair();
    own.setblocking(false);
    own.send(Buffer.alloc(1 << 20));
    while (own.trySend(Buffer.alloc(1)) !== null);
    assert.throws(() => own.send('x'), { code: 'EAGAIN' });
    closeAll(peer, own);
  }),

  claim(
    'eagain-busy',
    'A loop that asks again and again uses at least five times the CPU time of one wait.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      const buffer = Buffer.alloc(9);
      let calls = 0;
      const busy = cpuShare(() => {
        for (
          const end = performance.now() + 200;
          performance.now() < end || calls < 20_000;
          calls++
        ) {
          assert.equal(own.tryRecvInto(buffer), null);
        }
      });
      const waiting = cpuShare(() => select([own], [], [], 0.2));
      closeAll(peer, own);
      assert.ok(calls > 1000, `${calls} calls`);
      assert.ok(busy > 5 * waiting, `busy ${busy}, waiting ${waiting}`);
    },
  ),

  claim(
    'eagain-hint',
    '"Ready" is a hint: two are woken, one reads, and the other one gets `EAGAIN`.',
    () => {
      const [peer, own] = socketpair();
      own.setblocking(false);
      const waiters = [poll(), poll()];
      for (const waiter of waiters) waiter.register(own, POLLIN);
      peer.send('x');
      assert.deepEqual(
        waiters.map((waiter) => waiter.poll(0).length),
        [1, 1],
      );
      assert.equal(own.tryRecvInto(Buffer.alloc(9)), 1);
      assert.equal(own.tryRecvInto(Buffer.alloc(9)), null);
      closeAll(peer, own);
    },
  ),
];
